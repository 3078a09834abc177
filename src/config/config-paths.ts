import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SoftqdError } from '../base/errors.ts';
import { closestMatch } from '../base/closest-match.ts';

/** Where configuration files are found; tests and packagers pass their own. */
export interface ConfigPaths {
  readonly defaultsFile: string;
  readonly presets: string;
  readonly robots: string;
}

const SHIPPED = fileURLToPath(new URL('../../config/', import.meta.url));

/** The folder config/ next to src/ (or dist/). */
export const builtInPaths: ConfigPaths = pathsIn(SHIPPED);

/** The layout of a folder like config/. */
export function pathsIn(folder: string): ConfigPaths {
  return {
    defaultsFile: join(folder, 'default.json5'),
    presets: join(folder, 'presets'),
    robots: join(folder, 'robots'),
  };
}

/** Names of robots, sorted: folders with a robot.json5. */
export async function listRobots(places: ConfigPaths = builtInPaths): Promise<readonly string[]> {
  const names: string[] = [];
  for (const name of await folderNames(places.robots)) {
    if ((await folderNames(join(places.robots, name))).includes('robot.json5')) names.push(name);
  }
  return names;
}

/** Names of the tasks of a robot, sorted. Throws E_ROBOT_UNKNOWN. */
export async function listTasks(robot: string, places: ConfigPaths = builtInPaths): Promise<readonly string[]> {
  return json5Names(join(await robotDirectory(robot, places), 'tasks'));
}

/** Names of presets, sorted. */
export async function listPresets(places: ConfigPaths = builtInPaths): Promise<readonly string[]> {
  return json5Names(places.presets);
}

/** The folder of a robot: a shipped one by name, or any folder by a path with a slash. Throws E_ROBOT_UNKNOWN. */
export async function robotDirectory(robot: string, places: ConfigPaths): Promise<string> {
  const directory = robot.includes('/') ? resolve(robot) : join(places.robots, robot);
  const known = await listRobots(places);
  if (robot.includes('/') ? (await folderNames(directory)).includes('robot.json5') : known.includes(robot))
    return directory;
  const what = robot.includes('/') ? `${directory} contains no robot.json5` : `unknown robot ${JSON.stringify(robot)}`;
  const isHere = !robot.includes('/') && (await folderNames(robot)).includes('robot.json5');
  throw new SoftqdError('E_ROBOT_UNKNOWN', `${what}; robots: ${known.join(', ')}`, {
    ...(isHere
      ? { hint: `Pass ./${robot} for the robot in the directory ${robot} here.` }
      : notFoundHint(robot, known)),
    values: { robot, known },
  });
}

/** The file of a task. Throws E_TASK_UNKNOWN naming the tasks of the robot. */
export async function taskFile(robot: string, task: string, directory: string): Promise<string> {
  const known = await json5Names(join(directory, 'tasks'));
  if (known.includes(task)) return join(directory, 'tasks', `${task}.json5`);
  throw new SoftqdError(
    'E_TASK_UNKNOWN',
    `robot ${robot} has no task ${JSON.stringify(task)}; available: ${known.join(', ') || 'none'}`,
    {
      ...notFoundHint(task, known),
      values: { robot, task, known },
    },
  );
}

function notFoundHint(word: string, known: readonly string[]): { hint?: string } {
  const suggestion = closestMatch(word, known);
  return suggestion === null ? {} : { hint: `Did you mean ${suggestion}?` };
}

async function json5Names(folder: string): Promise<readonly string[]> {
  return (await folderNames(folder))
    .filter((name) => name.endsWith('.json5'))
    .map((name) => name.slice(0, -'.json5'.length));
}

async function folderNames(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch {
    return [];
  }
}
