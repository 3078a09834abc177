import type { RobotSpec } from '../robot/robot-spec.ts';
import type { TaskFile } from './config.ts';
import { CONFIG_KEYS, SCHEMA, type ConfigKey } from './schema.ts';

export interface RunDefinition {
  readonly robot: RobotSpec | null;
  /** SHA-256 of the robot's model file, or null when it has none. */
  readonly modelSha256: string | null;
  readonly task: TaskFile | null;
  readonly valueOf: (key: ConfigKey) => unknown;
}

/** One line of JSON with sorted keys: equal for two configurations exactly when they define the same run. */
export function hashText({ robot, modelSha256, task, valueOf }: RunDefinition): string {
  const settings = Object.fromEntries(
    CONFIG_KEYS.filter((key) => SCHEMA[key].affectsRunHash).map((key) => [key, valueOf(key)]),
  );
  return canonicalJson({ robot, modelSha256, task, settings });
}

/** JSON with the keys of every object sorted. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  });
}
