export type { Body, Resetter, SafeCommand, WorldState } from './port.ts';
export { connectSimulator, type SimulatorConnection } from './simulator/connect-simulator.ts';
export type { ConnectSimulatorOptions } from './simulator/options.ts';
export type { SimulatorClient } from './simulator/simulator-client.ts';
export { ScriptedBody, type ScriptedAnswer, type ScriptedBodyOptions, type ScriptedState } from './scripted-body.ts';
export { ReadingStream } from './reading-stream.ts';
