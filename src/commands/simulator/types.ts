import type { CommonOptions } from '../../cli/index.ts';
import type { RuleResult } from '../../commissioning/simulator-check/index.ts';

export interface SimulatorCheckOptions extends CommonOptions {
  /** The robot that the simulator is; null: what it names when it rejects an unknown one. */
  readonly robot: string | null;
  /** How a command is started; a running simulator has its own mode. */
  readonly mode: 'lock-step' | 'real-time';
}

export interface SimulatorCheckResult {
  /** The address or the command. */
  readonly simulator: string;
  readonly robot: string;
  /** null: Hello was not answered as it must be. */
  readonly mode: 'lock-step' | 'real-time' | null;
  readonly ok: number;
  readonly broken: number;
  readonly skipped: number;
  /** Median time from Command to Reading, ms; null: not measured. */
  readonly stepMs: number | null;
  readonly rules: readonly RuleResult[];
}
