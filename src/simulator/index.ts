export type { World } from './port.ts';
export { createWorld } from './worlds/create-world.ts';
export { startSimulatorServer, type SimulatorServer } from './server/start-simulator-server.ts';
export { type SimulatorServerOptions } from './server/options.ts';
export { withModel } from './worlds/load-model.ts';
export { readModelFile, type MujocoWorldSpec } from './worlds/model-file.ts';
export { layoutOf, type MujocoLayout } from './worlds/mujoco-layout.ts';
