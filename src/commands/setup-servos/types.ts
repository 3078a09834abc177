import type { CommonOptions } from '../../cli/index.ts';
import type { SetupEvent } from '../../commissioning/index.ts';

export interface SetupServosCommandOptions extends CommonOptions {
  readonly robot: string;
  /** Which robot of several of its type; null where there is one. */
  readonly robotId: string | null;
  readonly driverUrl: string;
  /** Configure only this joint, without a prompt; null: every joint, each after a prompt. */
  readonly joint: string | null;
  /** The first joint; null: the last one of the robot. */
  readonly startAt: string | null;
  /** Resolves at the next Enter. Rejects when the signal is aborted or the input has ended. */
  readonly waitForEnter: (signal: AbortSignal) => Promise<void>;
}

/** The command waits for Enter. */
interface SetupPrompt {
  readonly event: 'prompt';
  readonly step: 'connect';
  readonly joint: string;
  readonly text: string;
}

export interface SetupDone {
  readonly event: 'done';
  readonly robot: string;
  /** The value of --id. */
  readonly id: string | null;
  readonly driver: string;
  /** Joints whose servos are configured. */
  readonly joints: readonly string[];
}

export type SetupServosEvent = SetupEvent | SetupPrompt | SetupDone;
