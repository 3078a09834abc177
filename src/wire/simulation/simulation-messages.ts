import type { Reading, ResetState } from '../../robot/reading.ts';

/** The WebSocket subprotocol; its version stands again in Hello so that a mismatch can be said in words. */
export const SIMULATION_SUBPROTOCOL = 'softqd.simulation.v1';
export const SIMULATION_PROTOCOL_VERSION = 1;
/** A token may travel as a second subprotocol, for clients that cannot set headers: this prefix, then the token. */
export const BEARER_SUBPROTOCOL_PREFIX = 'bearer.';

/** Largest frame either side takes: 64 sensors of 1024 float64 values fit in. */
export const MAX_SIMULATION_FRAME_BYTES = 1 << 20;
/** Everything but readings and states is far smaller than this. */
export const MAX_SIMULATION_CONTROL_FRAME_BYTES = 1 << 16;

export type SimulationRole = 'controller' | 'watcher';
export type SimulationMode = 'lock-step' | 'real-time';

/** What a simulator says about itself in answer to Hello. */
export interface SimulatorSpec {
  readonly robot: string;
  readonly jointNames: readonly string[];
  readonly sensors: readonly { readonly name: string; readonly size: number; readonly unit: string }[];
  readonly controlPeriodS: number;
  readonly physicsStepS: number;
  readonly mode: SimulationMode;
}

/** A reading as it travels: who receives it stamps the arrival. */
export type WireReading = Omit<Reading, 'arrivalNs'>;

export type SimulationRequest =
  | {
      readonly type: 'hello';
      readonly id: number;
      readonly protocolVersion: number;
      readonly role: SimulationRole;
      readonly robot: string;
      /** 0: a watcher that takes any. */
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

/** `replyTo` is the id of the request that is answered, 0 for what is pushed. */
export type SimulationReply =
  | { readonly type: 'spec'; readonly replyTo: number; readonly spec: SimulatorSpec }
  | { readonly type: 'reading'; readonly replyTo: number; readonly reading: WireReading }
  | { readonly type: 'state'; readonly replyTo: number; readonly state: Uint8Array }
  | { readonly type: 'error'; readonly replyTo: number; readonly code: string; readonly message: string };
