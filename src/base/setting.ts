import type { Range } from './ranges.ts';

/** One setting. The types of the configuration, docs/configuration.md and config/default.json5 are derived from it. */
export interface Setting<Value = unknown> {
  readonly default: Value;
  /** One sentence, without the unit and the range. */
  readonly doc: string;
  readonly unit: string | null;
  readonly range: Range<Value>;
  /** The value is never printed. */
  readonly sensitive?: true;
  /** The process that must be restarted before a change takes effect; settings are read once, at start. */
  readonly requiresRestart: 'daemon' | 'learner' | 'simulator' | 'command';
  /** true: part of the identity of a run. false: a resumed run may change it. */
  readonly affectsRunHash: boolean;
}

/** Settings by name; a group may contain groups. */
export interface SettingGroup {
  readonly [name: string]: Setting | SettingGroup;
}

/** The values of a group of settings. */
export type SettingValues<Group> = {
  readonly [Name in keyof Group]: Group[Name] extends Setting<infer Value> ? Value : SettingValues<Group[Name]>;
};

/** A setting with the type of its range. */
export function setting<Value>(
  spec: Omit<Setting, 'default' | 'range'> & { readonly default: NoInfer<Value>; readonly range: Range<Value> },
): Setting<Value> {
  return spec;
}

/** A setting of the learner that changes the result of training. */
export function trainingSetting<Value>(
  defaultValue: NoInfer<Value>,
  unit: string | null,
  range: Range<Value>,
  doc: string,
): Setting<Value> {
  return { default: defaultValue, doc, unit, range, requiresRestart: 'learner', affectsRunHash: true };
}

export function isSetting(entry: Setting | SettingGroup): entry is Setting {
  return typeof entry['doc'] === 'string';
}
