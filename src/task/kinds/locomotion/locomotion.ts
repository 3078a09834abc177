import type { Reading } from '../../../robot/reading.ts';
import type { RobotSpec } from '../../../robot/robot-spec.ts';
import { effortAction } from '../../actions/effort-actions.ts';
import { linearActions, squaredAction } from '../../actions/linear-actions.ts';
import { generalizedStateOf, QPOS, QVEL, type GeneralizedState } from '../../generalized-state.ts';
import { clip, sumOfSquares } from '../../mathematics.ts';
import type { Task, TaskStep } from '../../port.ts';
import { requireSensors, sensorValues } from '../../sensors.ts';
import { readParameters, type TaskSettings } from '../../settings.ts';
import { taskSpec } from '../../task-spec.ts';
import { createForwardMotion, FORWARD } from './forward-motion.ts';
import { createHealthTest } from './health.ts';
import { sampleInitialState } from './initial-state.ts';
import { LOCOMOTION_PARAMETERS, type LocomotionParameters } from './parameters.ts';

const EMPTY = new Float64Array(0);
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
  const forward = createForwardMotion(robot, state);
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
      const { forwardWeight, controlCostWeight, healthyReward } = parameters;
      const gain = forwardWeight * forward.speed(before, after) + (healthy(after) ? healthyReward : 0);
      const controlCost = controlCostWeight * squaredAction(command.targets, joints);
      return gain - (controlCost + contactCost(after, parameters));
    },
    terminated: (after) => !healthy(after),
    truncated: (stepsTaken) => stepsTaken >= settings.horizon,
    toCommand: actions.toCommand,
    toAction: actions.toAction,
  };
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
