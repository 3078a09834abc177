export type { World } from './port.ts';
export { createWorld } from './worlds/create-world.ts';
export { startSimulatorServer, type SimulatorServer } from './server/start-simulator-server.ts';
export { type SimulatorServerOptions } from './server/options.ts';
export { withModel } from './model/load-model.ts';
export { readModelFile, type ModelSource, type MujocoWorldSpec } from './model/model-file.ts';
export { layoutOf, type MujocoLayout } from './worlds/mujoco-layout.ts';
