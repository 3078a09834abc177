import { basename, dirname, resolve } from 'node:path';
import { SoftqdError, toSoftqdError, type ErrorValues } from '../base/errors.ts';
import type { ErrorCode } from '../base/error-codes.ts';
import { hardwareLimitProblems, limitProblemText } from '../robot/hardware-limits.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import { effectiveConfig } from './convict-store.ts';
import { crossChecks } from './cross-checks.ts';
import { readJson5File, type Json5File } from './json5-file.ts';
import { objectLayer, type Layer } from './layer.ts';
import { presetFileFrom } from './preset-file.ts';
import { problemText, problemValues, type ConfigProblem } from './problem.ts';
import { robotFileFrom } from './robot-file.ts';
import { taskFileFrom } from './task-file.ts';
import { compileTaskModule } from './task-module.ts';

/** One thing wrong with a file, ready to print: `message` begins with FILE:LINE:COLUMN as far as known. */
export interface CheckedProblem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly values: ErrorValues;
}

/**
 * Everything that is wrong with a settings file, all at once; empty when it is right. A robot.json5, a file in tasks/ and a
 * file in presets/ are checked as what they are.
 */
export async function checkConfigFile(path: string): Promise<readonly CheckedProblem[]> {
  try {
    const file = await readJson5File(resolve(path));
    const layer = await layerOf(file);
    const problems = layer.problems.length > 0 ? layer.problems : crossChecks(effectiveConfig([layer.values]));
    return [
      ...problems.map((problem) => checked(problem.where === null ? { ...problem, where: file.path } : problem)),
      ...(isRobotFile(file) ? limitProblems(file) : []),
    ];
  } catch (thrown) {
    const { code, message, hint, values } = toSoftqdError(thrown);
    return [{ code, message, hint, values }];
  }
}

async function layerOf(file: Json5File): Promise<Layer> {
  const folder = basename(dirname(file.path));
  const name = basename(file.path, '.json5');
  if (isRobotFile(file)) return robotFileFrom(dirname(file.path), file).layer;
  if (folder === 'tasks') return taskLayer(name, file);
  if (folder === 'presets') return presetFileFrom(name, null, file).layer;
  return objectLayer({ root: file.root, file: file.path, source: null, positions: file.positions });
}

/** A module is compiled, too. */
async function taskLayer(name: string, file: Json5File): Promise<Layer> {
  const { layer, module, path } = taskFileFrom(name, file);
  if (module !== null) await compileTaskModule(dirname(dirname(path)), path, module);
  return layer;
}

function isRobotFile({ path }: Json5File): boolean {
  return isRobotFilePath(path);
}

/** Whether the path is that of a robot file. */
export function isRobotFilePath(path: string): boolean {
  return basename(path) === 'robot.json5';
}

/** With which limits arming a robot without servos would be refused; it may still be simulated. Empty for any other robot. */
export function armingWarnings({ kind, servoBus, joints }: RobotSpec): readonly string[] {
  if (kind !== 'hardware' || servoBus !== undefined) return [];
  return hardwareLimitProblems({ joints }).map(
    (problem) => `${limitProblemText(problem)}: hardware would not be armed`,
  );
}

/** Limits with which arming would be refused; a robot without servos so far may still be simulated. */
function limitProblems(file: Json5File): readonly CheckedProblem[] {
  const { spec } = robotFileFrom(dirname(file.path), file);
  if (spec.kind !== 'hardware' || spec.servoBus === undefined) return [];
  return hardwareLimitProblems(spec).map((problem) => {
    const { joint, limit, value, largest } = problem;
    const code = largest === undefined ? 'E_SAFETY_LIMITS_MISSING' : 'E_SAFETY_LIMITS_UNREASONABLE';
    const message = `${file.path}: ${limitProblemText(problem)}: the robot would not be armed`;
    const values = { file: file.path, key: `${joint}.${limit}`, value: value ?? null, largest: largest ?? null };
    return { code, message, hint: new SoftqdError(code, message).hint, values };
  });
}

function checked(problem: ConfigProblem): CheckedProblem {
  const message = problemText(problem);
  const { hint } = new SoftqdError(problem.code, message, problem.hint === undefined ? {} : { hint: problem.hint });
  return { code: problem.code, message, hint, values: problemValues(problem) };
}
