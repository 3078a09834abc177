import type { CompiledModule } from '../base/compiled-module.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import type { Config } from './schema.ts';
import type { ParameterValue } from './task-file.ts';

export type { Config } from './schema.ts';
export type ControlConfig = Config['control'];
export type UiConfig = Config['ui'];

/** The task after a preset's and the user's changes. */
export interface TaskFile {
  readonly name: string;
  /** What the task is made of, e.g. `reach`; src/task lists the kinds. */
  readonly kind: string;
  readonly discount: number;
  /** Steps after which an episode is truncated. */
  readonly horizon: number;
  /** Values that the kind of task, or the module, defines. */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** Weights of reward terms; absent: those of the kind. */
  readonly reward?: Readonly<Record<string, number>>;
  /** The user's module, as the task file states it, and SHA-256 of its sources; absent for a built-in kind. */
  readonly module?: string;
  readonly moduleSha256?: string;
}

export interface ExplainedKey {
  readonly key: string;
  /** `(hidden)` when sensitive and set. */
  readonly value: unknown;
  /** `default`, `preset NAME`, `robot NAME`, `task NAME`, `file PATH:LINE`, `env NAME` or `flag --NAME`. */
  readonly source: string;
  readonly unit: string | null;
  /** The allowed values in words. */
  readonly allowed: string;
  readonly doc: string;
  readonly sensitive: boolean;
}

export interface LoadedConfig {
  readonly config: Config;
  readonly preset: string;
  readonly robot: RobotSpec | null;
  /** Absolute folder of robot.json5 and the model files. */
  readonly robotDirectory: string | null;
  readonly task: TaskFile | null;
  /** The module of the task; null: a built-in kind. */
  readonly taskModule: CompiledModule | null;
  /** Harmless findings as text, e.g. an unknown SOFTQD_ variable. */
  readonly warnings: readonly string[];
  explain(): readonly ExplainedKey[];
  /** The settings that are part of the identity of a run, by key. */
  runSettings(): ReadonlyMap<string, unknown>;
  /** SHA-256 of the robot's model file; null without one. */
  readonly modelSha256: string | null;
}
