import { existsSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { SoftqdError } from '../../base/errors.ts';
import { makeDirectory } from '../../base/make-directory-adapter.ts';
import type { CommandFunction } from '../../cli/index.ts';
import { importUrdf, reachFileText, readUrdf, robotFileText } from '../../robot/urdf/index.ts';
import { readUserFile } from '../user-file.ts';
import type { RobotImportOptions, RobotImportResult } from './types.ts';

const MAX_BYTES = 16 * 1_048_576;

/** `softqd robot import`: writes a robot directory from a URDF and reports what the URDF does not define. */
export const robotImportCommand: CommandFunction<RobotImportOptions, RobotImportResult> = (options, ui) => {
  const { file, name, outDirectory, tip } = options;
  const source = basename(file);
  const imported = importUrdf(readUrdf(readText(file), source), tip ?? undefined);
  const robotText = robotFileText(imported, { name, title: `${name} (imported from ${source})`, source });
  const reachText = reachFileText(imported);
  const directory = resolve(outDirectory);
  const robotFile = join(directory, 'robot.json5');
  if (existsSync(robotFile)) {
    throw new SoftqdError('E_USAGE', `${robotFile} already exists and will not be overwritten`, {
      hint: 'Choose another --out, or remove the file.',
      values: { file: robotFile },
    });
  }
  write(directory, 'robot.json5', robotText);
  if (reachText !== null) write(join(directory, 'tasks'), 'reach.json5', reachText);
  ui.event({
    robot: name,
    file: robotFile,
    joints: imported.joints.map((joint) => joint.name),
    chain: imported.kinematics?.chain.map(({ joint }) => joint) ?? null,
    tasks: reachText === null ? [] : ['reach'],
    notes: imported.notes,
  });
  return Promise.resolve(0);
};

function readText(file: string): string {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > MAX_BYTES) {
    throw new SoftqdError('E_ROBOT_FILE', `${file}: is ${size} bytes; URDF files are limited to ${MAX_BYTES} bytes`, {
      values: { file, size },
    });
  }
  return new TextDecoder().decode(readUserFile(file, 'URDF'));
}

function write(directory: string, name: string, text: string): void {
  const file = join(directory, name);
  try {
    makeDirectory(directory);
    writeFileSync(file, text, { flag: 'wx' });
  } catch (cause) {
    throw new SoftqdError('E_USAGE', `cannot write ${file}: ${(cause as Error).message}`, {
      cause,
      hint: 'Choose another --out.',
      values: { file },
    });
  }
}
