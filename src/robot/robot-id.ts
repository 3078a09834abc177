import { SoftqdError } from '../base/errors.ts';

const MAX_LENGTH = 40;

/**
 * The name (`--id`) of one of several physical robots of one type; null when absent. Throws E_USAGE unless it is 1 to 40 lower-case
 * letters, digits and hyphens, because it is part of file names.
 */
export function parseRobotId(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (text.length <= MAX_LENGTH && /^[a-z0-9][a-z0-9-]*$/.test(text)) return text;
  throw new SoftqdError('E_USAGE', `--id '${text.slice(0, 64)}' is not a valid name`, {
    hint: `Use up to ${MAX_LENGTH} lower-case letters, digits and hyphens, e.g. --id left.`,
    values: { id: text.slice(0, 64) },
  });
}

/** What names the files of one physical robot (calibration, lock, sticky fault, control socket): `so101`, or `so101-left` with an ID. */
export function robotKey(robot: string, id: string | null): string {
  return id === null ? robot : `${robot}-${id}`;
}
