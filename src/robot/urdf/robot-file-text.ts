import { SoftqdError } from '../../base/errors.ts';
import { parseRobot } from '../parse-robot.ts';
import type { JointSpec } from '../robot-spec.ts';
import type { ImportedRobot } from './import-urdf.ts';

export interface RobotFileNames {
  /** Lower-case letters, digits and hyphens. */
  readonly name: string;
  readonly title: string;
  /** The URDF's file name, for the comment. */
  readonly source: string;
}

/** The text of a robot.json5 for hardware, from a URDF only; comments list what to fill in. */
export function robotFileText({ joints, kinematics, notes }: ImportedRobot, names: RobotFileNames): string {
  const robot = {
    name: names.name,
    title: names.title,
    kind: 'hardware',
    joints,
    sensors: [],
    controlPeriodS: 0.02,
    readingMaxAgeS: 0.06,
    ...(kinematics === null ? {} : { kinematics }),
  };
  // The text must parse: this rejects an invalid robot name and too many joints.
  parseRobot(robot, `${names.source} as ${names.name}`);
  const comment = (line: string): string => `// ${line.replace(/[\r\n\u2028\u2029]/g, ' ')}`;
  return [
    comment(`Imported from ${names.source}. To be filled in or checked:`),
    comment(
      '  servoBus: ids, model numbers and directions of the servos (see config/robots/so101), if it has a servo bus',
    ),
    comment('  controlPeriodS: assumed 50 Hz; readingMaxAgeS: three periods'),
    comment('  commandMode, stopMode: guessed for each joint'),
    comment('  maxAccelerationRadOrMPerS2: a URDF does not state it'),
    ...notes.map((note) => comment(`  ${note}`)),
    '{',
    '  robot: {',
    `    name: ${quoted(names.name)},`,
    `    title: ${quoted(names.title)},`,
    "    kind: 'hardware',",
    '    joints: [',
    ...joints.flatMap(jointLines),
    '    ],',
    '    sensors: [],',
    '    controlPeriodS: 0.02,',
    '    readingMaxAgeS: 0.06,',
    ...(kinematics === null
      ? []
      : [
          '    kinematics: {',
          '      chain: [',
          ...kinematics.chain.flatMap(({ joint, originM, rpyRad, axis }) => [
            '        {',
            `          joint: ${quoted(joint)},`,
            `          originM: ${list(originM)},`,
            `          rpyRad: ${list(rpyRad)},`,
            `          axis: ${list(axis)},`,
            '        },',
          ]),
          '      ],',
          `      tipOriginM: ${list(kinematics.tipOriginM)},`,
          '    },',
        ]),
    '  },',
    '}',
    '',
  ].join('\n');
}

/** tasks/reach.json5 for an arm with kinematics, or null when the arm cannot have the task. */
export function reachFileText({ joints, kinematics }: ImportedRobot): string | null {
  const ranged = joints.every(({ limits }) => limits.minPositionRadOrM !== undefined);
  if (kinematics === null || !ranged) return null;
  return [
    '// The tip moves to a target sampled for each episode. Speeds, sizes and learning settings are those of so101: check them.',
    '{',
    "  kind: 'reach',",
    "  title: 'Bring the tip to the target and hold it there',",
    '  discount: 0.8,',
    '  horizon: 200,',
    '  parameters: { successRadiusM: 0.03, successHoldS: 0.5, maxSpeedRadOrMPerS: 1.5, maxLeadRadOrM: 0.15 },',
    '  learner: { normalizeObservations: true },',
    '}',
    '',
  ].join('\n');
}

function jointLines({ name, kind, commandMode, limits, stopMode }: JointSpec): string[] {
  return [
    '      {',
    `        name: ${quoted(name)},`,
    `        kind: '${kind}',`,
    `        commandMode: '${commandMode}',`,
    '        limits: {',
    ...Object.entries(limits).map(([key, value]: [string, number]) => `          ${key}: ${decimal(value)},`),
    '        },',
    `        stopMode: '${stopMode}',`,
    '      },',
  ];
}

const list = (values: readonly number[]): string => `[${values.map(decimal).join(', ')}]`;

/** Every digit that matters; -0 is 0. */
function decimal(value: number): string {
  if (!Number.isFinite(value)) throw new SoftqdError('E_ROBOT_FILE', `${value} is not a valid number`);
  return String(value + 0);
}

function quoted(text: string): string {
  const escaped = JSON.stringify(text)
    .slice(1, -1)
    .replace(/\\"/g, '"')
    .replace(/'/g, "\\'")
    .replace(/[\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`);
  return `'${escaped}'`;
}
