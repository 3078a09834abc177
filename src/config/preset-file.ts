import { join } from 'node:path';
import { SoftqdError } from '../base/errors.ts';
import { closestMatch } from '../base/closest-match.ts';
import { isPlainObject, readJson5File, type Json5File } from './json5-file.ts';
import { objectLayer, type Layer } from './layer.ts';
import { listPresets, type ConfigPaths } from './config-paths.ts';
import type { ConfigProblem } from './problem.ts';

/** presets/<name>.json5: `{ learner: {...}, tasks: { NAME: { initialAlpha, discount, horizon, ... } } }`. */
export interface PresetFile {
  readonly name: string;
  readonly layer: Layer;
  /** What the preset changes for the chosen task; overrides the task file. */
  readonly taskLayer: Layer;
}

/** Throws E_CONFIG_VALUE naming the presets there are, E_CONFIG when the file is not JSON5; wrong settings come back as problems. */
export async function readPresetFile(name: string, task: string | null, places: ConfigPaths): Promise<PresetFile> {
  const known = await listPresets(places);
  if (!known.includes(name)) {
    const suggestion = closestMatch(name, known);
    throw new SoftqdError(
      'E_CONFIG_VALUE',
      `learner.preset: unknown preset ${JSON.stringify(name)}; available: ${known.join(', ')}`,
      {
        ...(suggestion === null ? {} : { hint: `Did you mean ${suggestion}?` }),
        values: { key: 'learner.preset', value: name, known },
      },
    );
  }
  return presetFileFrom(name, task, await readJson5File(join(places.presets, `${name}.json5`)));
}

/** `task` null: every tasks block is checked and none is taken. */
export function presetFileFrom(name: string, task: string | null, file: Json5File): PresetFile {
  const layer = objectLayer({
    root: file.root,
    file: file.path,
    source: `preset ${name}`,
    positions: file.positions,
    ownNames: ['title', 'tasks'],
  });
  const blocks = taskBlocks(name, file);
  const problems = [
    ...layer.problems,
    ...blocks.problems,
    ...[...blocks.layers.values()].flatMap((block) => block.problems),
  ];
  const taskLayer = (task === null ? undefined : blocks.layers.get(task)) ?? { values: new Map(), problems: [] };
  return { name, layer: { values: layer.values, problems }, taskLayer: { values: taskLayer.values, problems: [] } };
}

function taskBlocks(name: string, file: Json5File): { layers: Map<string, Layer>; problems: ConfigProblem[] } {
  const layers = new Map<string, Layer>();
  const problems: ConfigProblem[] = [];
  const rejectNonObject = (path: string): void => {
    const position = file.positions.get(path) ?? null;
    problems.push({
      code: 'E_CONFIG_VALUE',
      text: `${path} must be an object { ... }`,
      where: file.path,
      position,
      values: { key: path },
    });
  };
  const tasks = file.root['tasks'] ?? {};
  if (!isPlainObject(tasks)) rejectNonObject('tasks');
  else {
    for (const [task, root] of Object.entries(tasks)) {
      if (!isPlainObject(root)) rejectNonObject(`tasks.${task}`);
      else layers.set(task, taskBlock({ preset: name, task, root, file }));
    }
  }
  return { layers, problems };
}

function taskBlock(block: {
  preset: string;
  task: string;
  root: Readonly<Record<string, unknown>>;
  file: Json5File;
}): Layer {
  return objectLayer({
    root: block.root,
    file: block.file.path,
    source: `preset ${block.preset} (tasks.${block.task})`,
    positions: block.file.positions,
    pathInFile: `tasks.${block.task}`,
    keyOf: (name) => (name === 'discount' || name === 'horizon' ? `task.${name}` : `learner.${name}`),
  });
}
