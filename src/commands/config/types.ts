import type { CommonOptions } from '../../cli/index.ts';
import type { CheckedProblem, ExplainedKey, LoadedConfig } from '../../config/index.ts';

export interface ConfigCheckOptions extends CommonOptions {
  /** null: check the effective configuration. */
  readonly file: string | null;
}

export interface ConfigShowResult {
  readonly robot: string | null;
  readonly task: LoadedConfig['task'];
  readonly preset: string;
  /** Whether two runs of this configuration produce the same bytes. */
  readonly reproducible: boolean;
  /** Why they may differ; null when they do not. */
  readonly reproducibleNote: string | null;
  readonly settings: readonly ExplainedKey[];
  readonly robots: readonly { readonly robot: string; readonly tasks: readonly string[] }[];
  readonly presets: readonly string[];
  readonly warnings: readonly string[];
}

export interface ConfigCheckResult {
  readonly ok: boolean;
  /** null: the effective configuration. */
  readonly file: string | null;
  readonly problems: readonly CheckedProblem[];
  /** What hardware still needs; the file is right for simulation. */
  readonly warnings: readonly string[];
  /** The first problem, in the form of every error. */
  readonly error?: CheckedProblem;
}
