import type { Reading, ResetState } from '../../robot/reading.ts';

/** The WebSocket subprotocol; Hello repeats its version so that a mismatch can be reported. */
export const SIMULATION_SUBPROTOCOL = 'softqd.simulation.v1';
export const SIMULATION_PROTOCOL_VERSION = 1;
/** Clients that cannot set headers send a token as a second subprotocol: this prefix, then the token. */
export const BEARER_SUBPROTOCOL_PREFIX = 'bearer.';

/** Max frame of either side: 64 sensors of 1024 float64 values fit. */
export const MAX_SIMULATION_FRAME_BYTES = 1 << 20;
/** Max size of messages other than readings and states. */
export const MAX_SIMULATION_CONTROL_FRAME_BYTES = 1 << 16;

export type SimulationRole = 'controller' | 'watcher';
export type SimulationMode = 'lock-step' | 'real-time';

/** The reply of a simulator to Hello. */
export interface SimulatorSpec {
  readonly robot: string;
  readonly jointNames: readonly string[];
  readonly sensors: readonly { readonly name: string; readonly size: number; readonly unit: string }[];
  readonly controlPeriodS: number;
  readonly physicsStepS: number;
  readonly mode: SimulationMode;
  /** Reset{state} is rejected: the simulator chooses initial states by seed. */
  readonly resetsBySeedOnly: boolean;
  /** SaveState and LoadState are rejected. */
  readonly savesNoState: boolean;
}

/** A transmitted reading; the receiver sets the arrival time. */
export type WireReading = Omit<Reading, 'arrivalNs'>;

export type SimulationRequest =
  | {
      readonly type: 'hello';
      readonly id: number;
      readonly protocolVersion: number;
      readonly role: SimulationRole;
      readonly robot: string;
      /** 0: an observer that accepts any. */
      readonly controlPeriodS: number;
    }
  | {
      readonly type: 'reset';
      readonly id: number;
      readonly from: { readonly state: ResetState } | { readonly seed: number };
    }
  | { readonly type: 'command'; readonly id: number; readonly sequence: number; readonly targets: Float64Array }
  | { readonly type: 'save-state'; readonly id: number }
  | { readonly type: 'load-state'; readonly id: number; readonly state: Uint8Array };

/** `replyTo` is the id of the request, 0 for a pushed message. */
export type SimulationReply =
  | { readonly type: 'spec'; readonly replyTo: number; readonly spec: SimulatorSpec }
  | { readonly type: 'reading'; readonly replyTo: number; readonly reading: WireReading }
  | { readonly type: 'state'; readonly replyTo: number; readonly state: Uint8Array }
  | { readonly type: 'error'; readonly replyTo: number; readonly code: string; readonly message: string };
