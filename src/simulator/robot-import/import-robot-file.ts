import { realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { SoftqdError } from '../../base/errors.ts';
import {
  deriveWorkspace,
  modelFrames,
  reachFileText,
  robotFileText,
  robotOfImport,
  type ImportedRobot,
  type RobotFileNames,
  type SimulatedImport,
} from '../../robot/import/index.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { decodeXml, parseXml, type XmlElement } from '../../robot/xml/index.ts';
import { BoundedFiles } from '../model/bounded-files.ts';
import { describeModel } from '../model/describe-model.ts';
import { inspectModel, type LoadedModel } from '../model/load-model.ts';
import type { ModelSource } from '../model/model-file.ts';
import { importMjcfFile } from './import-mjcf-file.ts';
import { importUrdfFile } from './import-urdf-file.ts';
import { instabilityOf } from './stability.ts';
import type { ImportSource, RobotImport } from './types.ts';

const MODEL_FILE = 'model.xml';
const MAX_BYTES = 16 * 1_048_576;
const CONTROL_PERIOD_S = 0.02;

export interface RobotImportRequest extends Omit<ImportSource, 'folder'> {
  /** Lower-case letters, digits and hyphens. */
  readonly name: string;
}

/**
 * A folder for a robot from a URDF or MJCF file: robot.json5, a MuJoCo model with its files, and the task reach for an arm with a tip.
 * Reads nothing outside the folder of the file, the package that contains it, and the named packages; writes nothing. Throws E_ROBOT_FILE
 * with file, line and joint for what cannot be imported, E_USAGE for a wrong tip.
 */
export async function importRobotFile(request: RobotImportRequest): Promise<RobotImport> {
  const file = path.resolve(request.file);
  const root = readRoot(file);
  const source: ImportSource = {
    file: realpathSync(file),
    folder: path.dirname(realpathSync(file)),
    tip: request.tip,
    packages: realFolders(request.packages),
  };
  const { imported, source: model } =
    root.name === 'mujoco' ? await importMjcfFile(source) : await importUrdfFile(root, source);
  const names: RobotFileNames = {
    name: request.name,
    title: `${request.name} (imported from ${path.basename(file)})`,
    source: path.basename(file),
  };
  return inspectModel(`${request.name}: the imported model`, model, (loaded) =>
    assemble(imported, names, model, loaded),
  );
}

function assemble(
  imported: ImportedRobot,
  names: RobotFileNames,
  model: ModelSource,
  loaded: LoadedModel,
): RobotImport {
  const timestepS = loaded.model.opt.timestep;
  const periods = Math.max(1, Math.round(CONTROL_PERIOD_S / timestepS));
  const simulated: SimulatedImport = {
    ...imported,
    workspace: null,
    modelFile: MODEL_FILE,
    physicsStepS: timestepS,
    controlPeriodS: Number((periods * timestepS).toPrecision(12)),
  };
  const bare = robotOfImport(simulated, names);
  const complete = withStability(withWorkspace(simulated, bare, loaded), bare, loaded);
  const robot = robotOfImport(complete, names);
  const reach = reachFileText(robot);
  return {
    robot,
    notes: complete.notes,
    tip: complete.tip,
    tasks: reach === null ? [] : ['reach'],
    files: new Map<string, string | Uint8Array>([
      [MODEL_FILE, model.xml],
      ...model.assets,
      ...(reach === null ? [] : [['tasks/reach.json5', reach] as const]),
      ['robot.json5', robotFileText(complete, names)],
    ]),
  };
}

/** Simulated last: it changes the options of the loaded model. */
function withStability(imported: SimulatedImport, robot: RobotSpec, loaded: LoadedModel): SimulatedImport {
  const instability = instabilityOf(robot, loaded);
  if (instability === null) return imported;
  const note = `the model is not stable at its time step of ${imported.physicsStepS} s: ${instability}; do not train with it before its gains, masses, armatures or time step are corrected`;
  return { ...imported, notes: [note, ...imported.notes] };
}

function withWorkspace(imported: SimulatedImport, robot: RobotSpec, loaded: LoadedModel): SimulatedImport {
  const { kinematics } = robot;
  if (kinematics === undefined) return imported;
  const model = describeModel(loaded);
  const frames = modelFrames(model, new Set(robot.joints.map(({ name }) => name)));
  const workspace = deriveWorkspace({ ...robot, kinematics }, model, frames);
  const note =
    workspace === null
      ? 'no shapes to keep from touching each other: add safety.workspace.capsules'
      : capsuleNote(workspace.capsules.length, workspace.ignoredPairs.length);
  return { ...imported, workspace, notes: [...imported.notes, note] };
}

function capsuleNote(capsules: number, pairs: number): string {
  const keep = capsules === 1 ? '1 capsule keeps' : `${capsules} capsules keep`;
  const ignored =
    pairs === 1
      ? '1 pair that usually touches is ignored: check it'
      : `${pairs} pairs that usually touch are ignored: check them`;
  return `${keep} the robot from touching itself; ${ignored}`;
}

function readRoot(file: string): XmlElement {
  const status = statSync(file, { throwIfNoEntry: false });
  if (status === undefined || !status.isFile()) {
    throw new SoftqdError(
      'E_USAGE',
      `cannot read the URDF or MJCF ${file}: ${status === undefined ? 'no such file' : 'not a file'}`,
      {
        hint: 'Check the path.',
        values: { file },
      },
    );
  }
  const { size } = status;
  if (size > MAX_BYTES) {
    throw new SoftqdError(
      'E_ROBOT_FILE',
      `${file}: is ${size} bytes; URDF and MJCF files are limited to ${MAX_BYTES} bytes`,
      {
        values: { file, size },
      },
    );
  }
  const name = path.basename(file);
  return parseXml(
    decodeXml(new BoundedFiles([path.dirname(realpathSync(file))]).bytes(realpathSync(file), name), name),
    name,
  );
}

function realFolders(packages: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map(
    [...packages].map(([name, directory]) => {
      const status = statSync(directory, { throwIfNoEntry: false });
      if (status?.isDirectory() === true) return [name, realpathSync(directory)];
      throw new SoftqdError('E_USAGE', `--package ${name}=${directory}: no such folder`, {
        hint: 'Pass the folder of the package.',
        values: { package: name, folder: directory },
      });
    }),
  );
}
