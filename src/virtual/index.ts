export { FAULT_EXAMPLES, parseFaults } from './fault-spec.ts';
export {
  startVirtualDevice,
  type VirtualDevice,
  type VirtualDeviceEvent,
  type VirtualDeviceOptions,
  type VirtualProtocol,
} from './start-virtual-device.ts';
