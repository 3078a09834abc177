import type { Config } from './config.ts';
import type { Range } from './ranges.ts';

/** The dotted name of a setting, e.g. `learner.batchSize`. */
export type ConfigKey = { [S in keyof Config]: `${S}.${keyof Config[S] & string}` }[keyof Config];
/** The type of a setting's value. */
export type ValueOf<Key> = Key extends `${infer S extends keyof Config}.${infer K}`
  ? K extends keyof Config[S]
    ? Config[S][K]
    : never
  : never;

/** Everything there is to know about one setting; docs/configuration.md and config/default.json5 are written from it. */
export interface KeySpec<Value = unknown> {
  readonly default: Value;
  /** One sentence, without the unit and the range. */
  readonly doc: string;
  readonly unit: string | null;
  readonly range: Range;
  /** Never printed. */
  readonly sensitive?: true;
  /** What must be started again before a change counts; nothing is read again while it runs. */
  readonly requiresRestart: 'daemon' | 'learner' | 'simulator' | 'command';
  /** false: changes where or how fast, not what: stays out of the run's hash, so that a resumed run may change it. */
  readonly affectsRunHash: boolean;
}

export type Section<S extends keyof Config> = {
  readonly [K in keyof Config[S] & string as `${S}.${K}`]: KeySpec<Config[S][K]>;
};
