import { ROBOT_SIZE_LIMITS } from './bounds.ts';
import { integerMultiple } from './periods.ts';
import type { JointLimits, JointSpec, RobotSpec, SensorSpec, WorldSpec } from './robot-spec.ts';
import { parseHealth } from './parse-health.ts';
import { parseKinematics } from './parse-kinematics.ts';
import { parseStop } from './parse-stop.ts';
import { parseSafety } from './parse-safety.ts';
import { parseServoBus } from './parse-servo-bus.ts';
import { StrictObject } from './strict-object.ts';

type Location = ConstructorParameters<typeof StrictObject>[2];

const ROBOT_KEYS = [
  'name',
  'title',
  'kind',
  'joints',
  'sensors',
  'controlPeriodS',
  'readingMaxAgeS',
  'stop',
  'health',
  'safety',
  'world',
  'kinematics',
  'servoBus',
];
const LIMIT_KEYS = [
  'minPositionRadOrM',
  'maxPositionRadOrM',
  'maxVelocityRadOrMPerS',
  'maxAccelerationRadOrMPerS2',
  'maxCommandDistanceRadOrM',
  'maxEffortNmOrN',
  'maxEffortRateNmOrNPerS',
] as const;
const POSITIVE_LIMIT_KEYS = LIMIT_KEYS.slice(2);
const SOURCE = /^(qpos|qvel|cfrc_ext|qfrc_constraint|(site|body):.+)$/;
const ELEMENT_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const MAX_LIMIT = 1e9;

/**
 * The `robot` object of a robot.json5, strictly: an unknown key, a missing one, a wrong type or an out-of-range value throws
 * E_ROBOT_FILE naming file and key. Units are those in the key names; `source` is the file's name for messages.
 */
export function parseRobot(json: unknown, source: string): RobotSpec {
  const robot = new StrictObject(json, ROBOT_KEYS, { source, path: 'robot' });
  const name = robot.text('name');
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name)) {
    throw robot.error(`is '${name}': must be lower-case letters, digits and hyphens`, 'name');
  }
  const joints = robot
    .list('joints', 1, ROBOT_SIZE_LIMITS.joints)
    .map(({ element, location }) => parseJoint(element, location));
  rejectDuplicates(robot, 'joints', joints);
  const sensors = robot.has('sensors')
    ? robot.list('sensors', 0, ROBOT_SIZE_LIMITS.sensors).map(({ element, location }) => parseSensor(element, location))
    : [];
  rejectDuplicates(robot, 'sensors', sensors);
  const controlPeriodS = robot.number('controlPeriodS', 1e-4, 10);
  const spec = {
    name,
    title: robot.text('title'),
    kind: robot.choice('kind', ['simulated', 'hardware']),
    joints,
    sensors,
    controlPeriodS,
    readingMaxAgeS: robot.number('readingMaxAgeS', 1e-4, 60),
    ...(robot.has('stop') ? { stop: parseStop(robot.raw('stop'), robot.location('stop'), joints) } : {}),
    ...(robot.has('health') ? { health: parseHealth(robot.raw('health'), robot.location('health')) } : {}),
    ...(robot.has('safety') ? { safety: parseSafety(robot.raw('safety'), robot.location('safety'), joints) } : {}),
    ...(robot.has('kinematics')
      ? { kinematics: parseKinematics(robot.raw('kinematics'), robot.location('kinematics'), joints) }
      : {}),
    ...(robot.has('servoBus')
      ? { servoBus: parseServoBus(robot.raw('servoBus'), robot.location('servoBus'), joints.length) }
      : {}),
  };
  if (spec.health?.overloadRecovery === true && spec.servoBus === undefined)
    throw robot.error('needs servoBus: only servos have an overload shutdown', 'health.overloadRecovery');
  if (!robot.has('world')) return spec;
  const world = parseWorld(robot.raw('world'), robot.location('world'));
  if (integerMultiple(controlPeriodS, world.physicsStepS) === null) {
    throw robot.error(
      `is ${controlPeriodS}: must be a multiple of world.physicsStepS ${world.physicsStepS}`,
      'controlPeriodS',
    );
  }
  return { ...spec, world };
}

function parseJoint(json: unknown, place: Location): JointSpec {
  const joint = new StrictObject(json, ['name', 'kind', 'commandMode', 'limits', 'stopMode'], place);
  return {
    name: joint.text('name'),
    kind: joint.choice('kind', ['revolute', 'prismatic']),
    commandMode: joint.choice('commandMode', ['position', 'velocity', 'effort']),
    limits: joint.has('limits') ? parseLimits(joint.raw('limits'), joint.location('limits')) : {},
    stopMode: joint.choice('stopMode', ['hold', 'damp', 'torque-off']),
  };
}

function parseLimits(json: unknown, place: Location): JointLimits {
  const object = new StrictObject(json, LIMIT_KEYS, place);
  const limits: { -readonly [K in keyof JointLimits]: JointLimits[K] } = {};
  for (const key of LIMIT_KEYS) {
    if (object.has(key)) limits[key] = object.number(key, -MAX_LIMIT, MAX_LIMIT);
  }
  for (const key of POSITIVE_LIMIT_KEYS) {
    if ((limits[key] ?? 1) <= 0) throw object.error(`is ${limits[key]!}: must be greater than 0`, key);
  }
  const { minPositionRadOrM: low, maxPositionRadOrM: high } = limits;
  if (low !== undefined && high !== undefined && low >= high) {
    throw object.error(`is ${low}: must be less than maxPositionRadOrM ${high}`, 'minPositionRadOrM');
  }
  return limits;
}

function parseSensor(json: unknown, place: Location): SensorSpec {
  const sensor = new StrictObject(json, ['name', 'size', 'unit', 'elements', 'source'], place);
  const size = sensor.integer('size', 1, ROBOT_SIZE_LIMITS.values);
  const spec = {
    name: sensor.text('name'),
    size,
    unit: sensor.text('unit'),
    ...(sensor.has('elements') ? { elements: parseElements(sensor, size) } : {}),
  };
  if (!sensor.has('source')) return spec;
  const source = sensor.text('source');
  if (!SOURCE.test(source)) {
    throw sensor.error(
      `is '${source}': must be qpos, qvel, site:NAME, body:NAME, cfrc_ext or qfrc_constraint`,
      'source',
    );
  }
  return { ...spec, source };
}

function parseElements(sensor: StrictObject, size: number): readonly string[] {
  const names = sensor.list('elements', size, size).map(({ element }) => {
    if (typeof element === 'string' && ELEMENT_NAME.test(element)) return element;
    throw sensor.error('must be a list of names of letters and digits, one per value', 'elements');
  });
  if (new Set(names).size < size) throw sensor.error('names an element twice', 'elements');
  return names;
}

function parseWorld(json: unknown, place: Location): WorldSpec {
  const world = new StrictObject(json, ['type', 'modelFile', 'name', 'physicsStepS'], place);
  const type = world.choice('type', ['mujoco', 'closed-form']);
  const physicsStepS = world.number('physicsStepS', 1e-5, 10);
  if (type === 'closed-form') {
    if (world.has('modelFile')) throw world.error('belongs to type mujoco only', 'modelFile');
    return { type, name: world.text('name'), physicsStepS };
  }
  if (world.has('name')) throw world.error('belongs to type closed-form only', 'name');
  const modelFile = world.text('modelFile');
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(modelFile)) {
    throw world.error(`is '${modelFile}': must be a file name in the directory of robot.json5`, 'modelFile');
  }
  return { type, modelFile, physicsStepS };
}

function rejectDuplicates(robot: StrictObject, key: string, named: readonly { readonly name: string }[]): void {
  const seen = new Set<string>();
  for (const { name } of named) {
    if (seen.has(name)) throw robot.error(`names '${name}' twice`, key);
    seen.add(name);
  }
}
