export {
  throwOnFault,
  type Driver,
  type DriverEvent,
  type Resetter,
  type SafeCommand,
  type WorldSnapshots,
} from './port.ts';
export { connectSimulator, type SimulatorConnection } from './simulator/connect-simulator.ts';
export type { ConnectSimulatorOptions } from './simulator/options.ts';
export type { SimulatorClient } from './simulator/simulator-client.ts';
export {
  ScriptedDriver,
  type ScriptedAnswer,
  type ScriptedDriverOptions,
  type ScriptedState,
} from './scripted-driver.ts';
export { ReadingStream } from './reading-stream.ts';
export { connectBridge, type BridgeConnection } from './bridge/connect-bridge.ts';
export type { ConnectBridgeOptions } from './bridge/options.ts';
export type { BridgeDriver } from './bridge/bridge-driver.ts';
export { connectRosbridge, type RosbridgeConnection } from './rosbridge/connect-rosbridge.ts';
export type { ConnectRosbridgeOptions } from './rosbridge/options.ts';
export type { RosbridgeDriver } from './rosbridge/rosbridge-driver.ts';
export { parseRosbridgeUrl, type RosbridgeUrl } from './rosbridge/rosbridge-url.ts';
export {
  openPlayback,
  type OpenPlaybackOptions,
  type Playback,
  type PlaybackDriver,
} from './playback/playback-driver.ts';
export type { PlaybackStatistics, PlaybackMismatch } from './playback/playback-statistics.ts';
export { connectServos, type ServoConnection } from './servo/connect-servos.ts';
export type { ConnectServosOptions } from './servo/options.ts';
export type { ServoDriver } from './servo/servo-driver.ts';
export type { ServoHealth } from './servo/reading-assembler.ts';
export type { DurationRing, ServoTiming } from './servo/servo-timing.ts';
