import { SoftqdError } from '../../../base/errors.ts';
import type { Random } from '../../../base/random.ts';
import type { Reading, ResetState } from '../../../robot/reading.ts';
import type { RobotSpec } from '../../../robot/robot-spec.ts';
import { effortAction } from '../../actions/effort-actions.ts';
import { linearActions, type JointActionMap } from '../../actions/linear-actions.ts';
import {
  addNormal,
  addUniform,
  generalizedStateOf,
  QPOS,
  QVEL,
  type GeneralizedState,
} from '../../generalized-state.ts';
import { clip, sumOfSquares } from '../../mathematics.ts';
import type { Task, TaskStep } from '../../port.ts';
import { requireSensors, sensorValues } from '../../sensors.ts';
import { readParameters, type TaskSettings } from '../../settings.ts';
import { taskSpec } from '../../task-spec.ts';
import { createHealthTest } from './health.ts';
import { LOCOMOTION_PARAMETERS, type LocomotionParameters } from './parameters.ts';

const EMPTY = new Float64Array(0);
/** Where the robot is along its way; without this sensor: the coordinate rootX. */
const TORSO = 'torso';
const FORWARD = 'rootX';
/** A policy does not see where on the ground the robot is. */
const HIDDEN = [FORWARD, 'rootY'];
/** Six values per body: torque x y z, force x y z. The first body is the world. */
const CONTACT_FORCES = 'contact_forces';
const VALUES_PER_BODY = 6;

/**
 * Move along x as fast as possible, driven by efforts. Reward:
 * forwardWeight · Δx / Δt + healthyReward (while healthy) - controlCostWeight · Σ action² - contactCostWeight · Σ clipped contact force².
 * Δx is the displacement over the whole step of Δt seconds, of the body of sensor `torso` where the robot has one, otherwise of rootX; the
 * action is the commanded effort over its limit, not clipped. Terminates when the state is not healthy (health.ts). Observation:
 * coordinates without rootX and rootY, velocities, contact forces on the bodies if observed.
 */
export function createLocomotion(robot: RobotSpec, settings: TaskSettings): Task {
  const parameters = readParameters(settings, LOCOMOTION_PARAMETERS);
  const state = generalizedStateOf(robot, settings, 1);
  const isHealthy = createHealthTest(state, parameters, settings);
  const contactsUsed = parameters.observeContactForces || parameters.contactCostWeight > 0;
  if (contactsUsed) requireSensors(robot, settings, [{ name: CONTACT_FORCES, minSize: 2 * VALUES_PER_BODY }]);
  const forward = forwardPosition(robot, state);
  const joints = robot.joints.map((joint) => effortAction(joint));
  const actions = linearActions(joints);
  const healthy = (reading: Reading): boolean => isHealthy(sensorValues(reading, QPOS), sensorValues(reading, QVEL));
  return {
    spec: taskSpec(robot, settings, observationNames(robot, state, parameters), [
      ...[QPOS, QVEL, ...(forward.sensor === QPOS ? [] : [forward.sensor])],
      ...(contactsUsed ? [CONTACT_FORCES] : []),
    ]),
    sampleInitialState: (random) => sampleInitialState(state, parameters, random),
    initialMemory: () => EMPTY,
    observe: createObserve(state, parameters),
    nextMemory: () => EMPTY,
    reward({ before, command, after }: TaskStep): number {
      const speed = (forward.of(after) - forward.of(before)) / elapsedS(before, after, robot.controlPeriodS);
      const gain = parameters.forwardWeight * speed + (healthy(after) ? parameters.healthyReward : 0);
      return gain - (controlCost(command.targets, joints, parameters) + contactCost(after, parameters));
    },
    terminated: (after) => !healthy(after),
    truncated: (stepsTaken) => stepsTaken >= settings.horizon,
    toCommand: actions.toCommand,
    toAction: actions.toAction,
    outcome: () => null,
  };
}

/** The sensor that contains the position along x, and its value. Throws E_ROBOT_FILE when the robot has none. */
function forwardPosition(
  robot: RobotSpec,
  { positions }: GeneralizedState,
): { readonly sensor: string; readonly of: (reading: Reading) => number } {
  if (robot.sensors.some(({ name }) => name === TORSO))
    return { sensor: TORSO, of: (reading) => sensorValues(reading, TORSO)[0]! };
  const index = positions.indexOf(FORWARD);
  if (index >= 0) return { sensor: QPOS, of: (reading) => sensorValues(reading, QPOS)[index]! };
  throw new SoftqdError(
    'E_ROBOT_FILE',
    `robot ${robot.name} has neither a sensor ${TORSO} nor the element ${FORWARD} of the sensor ${QPOS}`,
    { hint: 'A task of kind locomotion needs the position along x.', values: { robot: robot.name } },
  );
}

/** The time between two readings; the control period where it is that but for rounding, or where the driver reports no time. */
function elapsedS(before: Reading, after: Reading, controlPeriodS: number): number {
  const measuredS = after.deviceTimeS - before.deviceTimeS;
  const isPeriod = Math.abs(measuredS - controlPeriodS) <= 1e-6 * controlPeriodS;
  return isPeriod || !(measuredS > 0) ? controlPeriodS : measuredS;
}

function controlCost(
  targets: Float64Array,
  joints: readonly JointActionMap[],
  { controlCostWeight }: LocomotionParameters,
): number {
  return controlCostWeight * sumOfSquares(targets.map((target, i) => target / joints[i]!.scale));
}

function contactCost(reading: Reading, parameters: LocomotionParameters): number {
  const { contactCostWeight, maxContactForceNOrNm } = parameters;
  if (contactCostWeight === 0) return 0;
  return (
    contactCostWeight *
    sumOfSquares(sensorValues(reading, CONTACT_FORCES).map((force) => clip(force, maxContactForceNOrNm)))
  );
}

function createObserve(
  { positions }: GeneralizedState,
  parameters: LocomotionParameters,
): (reading: Reading) => Float64Array {
  const seen = Int32Array.from(positions.keys()).filter((index) => !HIDDEN.includes(positions[index]!));
  const { maxObservedVelocityRadOrMPerS, maxContactForceNOrNm, observeContactForces } = parameters;
  return (reading) => {
    const qpos = sensorValues(reading, QPOS);
    const qvel = sensorValues(reading, QVEL);
    const forces = observeContactForces ? sensorValues(reading, CONTACT_FORCES).subarray(VALUES_PER_BODY) : EMPTY;
    const observation = new Float64Array(seen.length + qvel.length + forces.length);
    for (let i = 0; i < seen.length; i++) observation[i] = qpos[seen[i]!]!;
    for (let i = 0; i < qvel.length; i++) observation[seen.length + i] = clip(qvel[i]!, maxObservedVelocityRadOrMPerS);
    const from = seen.length + qvel.length;
    for (let i = 0; i < forces.length; i++) observation[from + i] = clip(forces[i]!, maxContactForceNOrNm);
    return observation;
  };
}

function observationNames(robot: RobotSpec, state: GeneralizedState, parameters: LocomotionParameters): string[] {
  const forces = robot.sensors.find(({ name }) => name === CONTACT_FORCES)?.size ?? 0;
  const observed = parameters.observeContactForces ? forces - VALUES_PER_BODY : 0;
  return [
    ...state.positions.filter((name) => !HIDDEN.includes(name)),
    ...state.velocities.map((name) => `velocity(${name})`),
    ...Array.from({ length: observed }, (_, i) => `${CONTACT_FORCES}[${VALUES_PER_BODY + i}]`),
  ];
}

/** Coordinates first, then velocities, each in order. */
function sampleInitialState(
  { positions, velocities }: GeneralizedState,
  parameters: LocomotionParameters,
  random: Random,
): ResetState {
  const start: Readonly<Record<string, number>> = { rootZ: parameters.initialHeightM, rootQuaternionW: 1 };
  const qpos = addUniform(
    Float64Array.from(positions, (name) => start[name] ?? 0),
    parameters.positionNoise,
    random,
  );
  const still = new Float64Array(velocities.length);
  const { uniformVelocityNoise, normalVelocityNoise } = parameters;
  const qvel =
    normalVelocityNoise > 0
      ? addNormal(still, normalVelocityNoise, random)
      : addUniform(still, uniformVelocityNoise, random);
  return { qpos, qvel };
}
