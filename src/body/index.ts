export type { Body, Resetter, SafeCommand, WorldState } from './port.ts';
export { connectSimulator, type SimulatorConnection } from './simulator/connect-simulator.ts';
export type { ConnectSimulatorOptions } from './simulator/options.ts';
export type { SimulatorClient } from './simulator/simulator-client.ts';
export { ScriptedBody, type ScriptedAnswer, type ScriptedBodyOptions, type ScriptedState } from './scripted-body.ts';
export { ReadingStream } from './reading-stream.ts';
export { connectBridge, type BridgeConnection } from './bridge/connect-bridge.ts';
export type { ConnectBridgeOptions } from './bridge/options.ts';
export type { BridgeBody } from './bridge/bridge-body.ts';
export { openSerial, type OpenSerialOptions, type SerialLine } from './serial/open-serial.ts';
export { portOpeners } from './serial/port-openers.ts';
export type { PortOpener } from './serial/serial-errors.ts';
export { parseSerialUrl, type SerialUrl } from './serial/serial-url.ts';
export type { ServoAccess, ServoAnswer, ServoBus, ServoIdentity } from './servo/port.ts';
export { openServoBus, type OpenServoBusOptions, type ServoProtocol } from './servo/open-servo-bus.ts';
export type { SerialServoBus } from './servo/servo-bus.ts';
export type { ServoBusCounters, ServoCounters } from './servo/bus-counters.ts';
export {
  scanBaudRates,
  scanServoBus,
  type FoundServo,
  type ScanProgress,
  type ScanServoBusOptions,
} from './servo/scan-servo-bus.ts';
export { connectRosbridge, type RosbridgeConnection } from './rosbridge/connect-rosbridge.ts';
export type { ConnectRosbridgeOptions } from './rosbridge/options.ts';
export type { RosbridgeBody } from './rosbridge/rosbridge-body.ts';
export { parseRosbridgeUrl, type RosbridgeUrl } from './rosbridge/rosbridge-url.ts';
export { openPlayback, type OpenPlaybackOptions, type Playback, type PlaybackBody } from './playback/playback-body.ts';
export type { PlaybackCounts, PlaybackDifference } from './playback/playback-counts.ts';
export { connectServos, type ServoConnection } from './servo/connect-servos.ts';
export type { ConnectServosOptions } from './servo/options.ts';
export type { ServoBody } from './servo/servo-body.ts';
export type { ServoHealth } from './servo/reading-assembler.ts';
export type { DurationRing, ServoTiming } from './servo/servo-timing.ts';
