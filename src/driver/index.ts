export type { Driver, Resetter, SafeCommand, WorldSnapshots } from './port.ts';
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
export { openSerial, type OpenSerialOptions, type SerialTransport } from '../serial/open-serial.ts';
export { findPortUsers } from '../serial/port-users.ts';
export type { PortUser } from '../serial/serial-errors.ts';
export { parseSerialUrl, type SerialUrl } from '../serial/serial-url.ts';
export type { ServoAccess, ServoReply, ServoBus, ServoIdentity } from '../servo/port.ts';
export { openServoBus, type OpenServoBusOptions, type ServoProtocol } from '../servo/bus/open-servo-bus.ts';
export type { SerialServoBus } from '../servo/bus/servo-bus.ts';
export type { ServoBusCounters, ServoCounters } from '../servo/bus/bus-counters.ts';
export {
  scanBaudRates,
  scanServoBus,
  type FoundServo,
  type ScanProgress,
  type ScanServoBusOptions,
} from '../servo/bus/scan-servo-bus.ts';
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
