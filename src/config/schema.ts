import { isSetting, type Setting, type SettingGroup, type SettingValues } from '../base/setting.ts';
import { ALGORITHM_SETTINGS } from '../engine/options/index.ts';
import { LEARNER_SETTINGS } from '../learner/settings/index.ts';
import { CONTROL_SETTINGS, DRIVER_SETTINGS } from './sections/control-settings.ts';
import {
  API_SETTINGS,
  DATA_SETTINGS,
  EVALUATION_SETTINGS,
  LOG_SETTINGS,
  TASK_SETTINGS,
  UI_SETTINGS,
} from './sections/daemon-settings.ts';
import { SIMULATOR_SETTINGS } from './sections/simulator-settings.ts';

/** Every setting, by section, in the order of the documentation. A nested group has no part in the names of its settings. */
const SECTIONS = {
  control: CONTROL_SETTINGS,
  driver: DRIVER_SETTINGS,
  simulator: SIMULATOR_SETTINGS,
  api: API_SETTINGS,
  data: DATA_SETTINGS,
  log: LOG_SETTINGS,
  evaluation: EVALUATION_SETTINGS,
  task: TASK_SETTINGS,
  ui: UI_SETTINGS,
  learner: { ...LEARNER_SETTINGS, algorithm: ALGORITHM_SETTINGS },
} as const;

/** The effective value of every setting. null: not set; the robot, the task or the default location decides. */
export type Config = SettingValues<typeof SECTIONS>;

type NamesIn<Group> = {
  [Name in keyof Group & string]: Group[Name] extends Setting ? Name : NamesIn<Group[Name]>;
}[keyof Group & string];

/** The dotted name of a setting, e.g. `learner.batchSize`. */
export type ConfigKey = {
  [Name in keyof typeof SECTIONS]: `${Name}.${NamesIn<(typeof SECTIONS)[Name]>}`;
}[keyof typeof SECTIONS];

interface Located {
  readonly setting: Setting;
  /** Its place in Config, e.g. `['learner', 'algorithm', 'batchSize']`. */
  readonly path: readonly string[];
}

const LOCATED: ReadonlyMap<string, Located> = new Map(
  Object.entries(SECTIONS).flatMap(([section, group]) => located(section, group, [section])),
);

function located(section: string, group: SettingGroup, parents: readonly string[]): [string, Located][] {
  return Object.entries(group).flatMap(([name, entry]) => {
    const path = [...parents, name];
    return isSetting(entry) ? [[`${section}.${name}`, { setting: entry, path }]] : located(section, entry, path);
  });
}

/** Every setting by its dotted name, in the order of the documentation. */
export const SCHEMA = Object.fromEntries([...LOCATED].map(([key, { setting }]) => [key, setting])) as Readonly<
  Record<ConfigKey, Setting>
>;

export const CONFIG_KEYS = Object.keys(SCHEMA) as readonly ConfigKey[];

export function isConfigKey(text: string): text is ConfigKey {
  return Object.hasOwn(SCHEMA, text);
}

/** Where the value of a setting is in Config. */
export function pathInConfig(key: ConfigKey): readonly string[] {
  return LOCATED.get(key)!.path;
}

/** `learner.batchSize` -> `SOFTQD_LEARNER_BATCH_SIZE`. */
export function environmentName(key: string): string {
  return `SOFTQD_${key
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('.', '_')
    .toUpperCase()}`;
}
