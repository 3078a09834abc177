export { openSerial, type OpenSerialOptions, type SerialTransport } from './open-serial.ts';
export { serialPorts, type PortPaths, type SerialPortInfo } from './serial-ports.ts';
export { parseSerialUrl, type SerialUrl } from './serial-url.ts';
