export {
  startVirtualDevice,
  type VirtualDevice,
  type VirtualDeviceEvent,
  type VirtualProtocol,
} from './start-virtual-device.ts';
