import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SoftqdError } from '../../base/errors.ts';
import { makeDirectory } from '../../base/make-directory-adapter.ts';
import type { CommandFunction } from '../../cli/index.ts';
import { hardwareLimitProblems, limitProblemText } from '../../robot/hardware-limits.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { importRobotFile } from '../../simulator/robot-import/index.ts';
import type { RobotImportOptions, RobotImportResult } from './types.ts';

/** `softqd robot import`: writes a robot folder from a URDF or MJCF and reports what the file does not define. */
export const robotImportCommand: CommandFunction<RobotImportOptions, RobotImportResult> = async (options, ui) => {
  const { file, name, outDirectory, tip, packages } = options;
  const directory = path.resolve(outDirectory);
  const robotFile = path.join(directory, 'robot.json5');
  if (existsSync(robotFile)) {
    throw new SoftqdError('E_USAGE', `${robotFile} already exists and will not be overwritten`, {
      hint: 'Choose another --out, or remove the file.',
      values: { file: robotFile },
    });
  }
  const imported = await importRobotFile({ file, name, tip, packages });
  for (const [written, contents] of imported.files) write(path.join(directory, written), contents);
  const { robot, tasks, notes } = imported;
  ui.event({
    robot: name,
    file: robotFile,
    joints: robot.joints.map((joint) => joint.name),
    chain: robot.kinematics?.chain.map(({ joint }) => joint) ?? null,
    tip: imported.tip,
    files: [...imported.files.keys()],
    tasks,
    notes,
    missing: missingForHardware(robot),
    next: nextCommand(outDirectory, name, tasks),
  });
  return 0;
};

function missingForHardware(robot: RobotSpec): string[] {
  const limits = hardwareLimitProblems(robot).map(limitProblemText);
  return [
    'how it is connected: servoBus (ids, models and directions of its servos), or --driver bridge: or rosbridge:',
    ...(limits.length === 0 ? [] : [`limits of its joints: ${limits.join(', ')}`]),
    'stopMode of each joint, and stop.restPositionsRadOrM where it can be parked',
  ];
}

function nextCommand(outDirectory: string, name: string, tasks: readonly string[]): string {
  const robot = path.isAbsolute(outDirectory) ? outDirectory : `./${path.relative('.', path.resolve(outDirectory))}`;
  return tasks.includes('reach')
    ? `softqd pretrain --robot ${robot} --task reach --steps 25000 --seed 1 --out ${name}.safetensors`
    : `softqd simulate --robot ${robot}`;
}

function write(file: string, contents: string | Uint8Array): void {
  try {
    makeDirectory(path.dirname(file));
    writeFileSync(file, contents, { flag: 'wx' });
  } catch (cause) {
    throw new SoftqdError('E_USAGE', `cannot write ${file}: ${(cause as Error).message}`, {
      cause,
      hint: 'Choose another --out.',
      values: { file },
    });
  }
}
