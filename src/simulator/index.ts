export type { World } from './port.ts';
export { createWorld } from './worlds/create-world.ts';
export { startSimulatorServer, type SimulatorServer } from './server/start-simulator-server.ts';
export { DEFAULT_SERVER_BOUNDS, type ServerBounds, type SimulatorServerOptions } from './server/options.ts';
export {
  startVirtualDevice,
  type VirtualDevice,
  type VirtualDeviceEvent,
  type VirtualDeviceOptions,
} from '../virtual/index.ts';
