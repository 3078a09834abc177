import { parseRobot } from '../parse-robot.ts';
import type { RobotSpec } from '../robot-spec.ts';
import type { SimulatedImport } from './imported-robot.ts';
import { json5Comment, json5Text } from './json5-text.ts';

export interface RobotFileNames {
  /** Lower-case letters, digits and hyphens. */
  readonly name: string;
  readonly title: string;
  /** The name of the imported file, for the comment. */
  readonly source: string;
}

/** A reading may be this many control periods old. */
const MAX_AGE_PERIODS = 3;

/** An imported robot as robot.json5 states it, parsed. Throws E_ROBOT_FILE for an invalid name and for numbers out of range. */
export function robotOfImport(imported: SimulatedImport, names: RobotFileNames): RobotSpec {
  return parseRobot(robotObject(imported, names), `${names.source} as ${names.name}`);
}

/** The text of a robot.json5; comments list what to fill in for hardware and what to check. */
export function robotFileText(imported: SimulatedImport, names: RobotFileNames): string {
  return [
    json5Comment(
      `Imported from ${names.source}. It can be simulated as it is. For hardware, to be filled in or checked:`,
    ),
    json5Comment(
      '  servoBus: ids, model numbers and directions of the servos (see config/robots/so101), if it has a servo bus',
    ),
    json5Comment(`  controlPeriodS: assumed ${1 / imported.controlPeriodS} Hz; readingMaxAgeS: three periods`),
    json5Comment('  stopMode: guessed for each joint'),
    json5Comment('  maxAccelerationRadOrMPerS2: neither URDF nor MJCF states it'),
    ...imported.notes.map((note) => json5Comment(`  ${note}`)),
    `${json5Text({ robot: robotObject(imported, names) })}\n`,
  ].join('\n');
}

function robotObject(imported: SimulatedImport, { name, title }: RobotFileNames): Readonly<Record<string, unknown>> {
  const { joints, kinematics, workspace, modelFile, physicsStepS, controlPeriodS } = imported;
  const link = (part: { readonly rpyRad: readonly number[] }): Record<string, unknown> => ({
    ...part,
    rpyRad: part.rpyRad.every((angle) => angle === 0) ? undefined : part.rpyRad,
  });
  return {
    name,
    title,
    kind: 'hardware',
    joints,
    sensors: [],
    controlPeriodS,
    readingMaxAgeS: Number((MAX_AGE_PERIODS * controlPeriodS).toPrecision(12)),
    world: { type: 'mujoco', modelFile, physicsStepS },
    ...(kinematics === null
      ? {}
      : { kinematics: { chain: kinematics.chain.map(link), tipOriginM: kinematics.tipOriginM } }),
    ...(workspace === null
      ? {}
      : {
          safety: {
            workspace: {
              capsules: workspace.capsules,
              branches: workspace.branches.map(link),
              ignoredPairs: workspace.ignoredPairs,
            },
          },
        }),
  };
}
