import { join } from 'node:path';
import { SoftqdError } from '../base/errors.ts';
import { parseRobot } from '../robot/parse-robot.ts';
import { integerMultiple } from '../robot/periods.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import type { ControlConfig } from './config.ts';
import { readJson5File, type Json5File } from './json5-file.ts';
import { objectLayer, type Layer } from './layer.ts';

/** robot.json5: `{ robot: { ... }, control: { ... }, ... }`, the robot itself and settings that it brings along. */
export interface RobotFile {
  readonly directory: string;
  readonly spec: RobotSpec;
  readonly layer: Layer;
}

/** Reads `directory`/robot.json5. Throws E_CONFIG (not JSON5) or E_ROBOT_FILE; wrong settings come back as problems of the layer. */
export async function readRobotFile(directory: string): Promise<RobotFile> {
  return robotFileFrom(directory, await readJson5File(join(directory, 'robot.json5')));
}

export function robotFileFrom(directory: string, file: Json5File): RobotFile {
  if (!Object.hasOwn(file.root, 'robot')) {
    throw new SoftqdError('E_ROBOT_FILE', `${file.path}: robot is missing: an object that describes the robot`, {
      values: { file: file.path, key: 'robot' },
    });
  }
  const spec = parseRobot(file.root['robot'], file.path);
  const layer = objectLayer({
    root: file.root,
    file: file.path,
    source: `robot ${spec.name}`,
    positions: file.positions,
    ownNames: ['robot'],
  });
  return { directory, spec, layer };
}

/**
 * The robot with the configured rate and age limit. A rate above that of the physics is allowed: the control loop then reads
 * each state more than once, as it does on a slow bus. Throws E_CONFIG_VALUE when the period of a lower rate is not a multiple of the physics step.
 */
export function robotAtRate(spec: RobotSpec, control: ControlConfig): RobotSpec {
  const controlPeriodS = control.rateHz === null ? spec.controlPeriodS : 1 / control.rateHz;
  const readingMaxAgeS = control.readingMaxAgeMs === null ? spec.readingMaxAgeS : control.readingMaxAgeMs / 1000;
  const physicsStepS = spec.world?.physicsStepS;
  if (
    physicsStepS !== undefined &&
    controlPeriodS > physicsStepS &&
    integerMultiple(controlPeriodS, physicsStepS) === null
  ) {
    throw new SoftqdError(
      'E_CONFIG_VALUE',
      `control.rateHz is ${control.rateHz ?? '-'}: the control period ${controlPeriodS} s is not a multiple of the physics step ${physicsStepS} s of ${spec.name}`,
      {
        hint: `Use a rate that divides ${1 / physicsStepS} Hz.`,
        values: { key: 'control.rateHz', value: control.rateHz, physicsStepS },
      },
    );
  }
  return { ...spec, controlPeriodS, readingMaxAgeS };
}
