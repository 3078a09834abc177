import { encodePolicy, elementCount, policyShapes, type PolicyMeta, type Tensor } from '../../../src/policy/index.ts';
import { type Layers, layers } from '../networks.ts';

/** A linear policy, action = tanh(sum of weight times observation + bias): rows by observation name. */
interface LinearAction {
  readonly weights: Readonly<Record<string, number>>;
  readonly bias: number;
}

interface LinearPolicyOptions {
  readonly robot: string;
  readonly task: string;
  readonly observationNames: readonly string[];
  readonly actionNames: readonly string[];
  readonly actions: readonly LinearAction[];
}

/** The hidden layers of the policies: max(0, x) and max(0, -x) of each observation, then the same again. */
export function layersFor(observationNames: readonly string[]): Layers {
  return layers([2 * observationNames.length, 2 * observationNames.length], true);
}

/** The bytes of a policy file whose network is that linear function. */
function linearPolicy({ robot, task, observationNames, actionNames, actions }: LinearPolicyOptions): Uint8Array {
  const count = observationNames.length;
  const meta: PolicyMeta = {
    ...{ robot, task, observationNames, actionNames },
    ...layersFor(observationNames),
    criticCount: 2,
    latentSize: actionNames.length,
    latentSkip: 0,
    algorithm: { preset: 'default' },
    step: 1,
    parent: null,
  };
  const tensors = new Map<string, Tensor>();
  for (const [name, shape] of policyShapes(meta)) {
    const data = new Float32Array(elementCount(shape));
    if (name === 'normalizer.scale') data.fill(1);
    tensors.set(name, { shape, data });
  }
  const hidden = tensors.get('sampler.0.weight')!.data;
  const second = tensors.get('sampler.1.weight')!.data;
  const output = tensors.get('sampler.2.weight')!.data;
  const bias = tensors.get('sampler.2.bias')!.data;
  for (let i = 0; i < 2 * count; i++) second[i * 2 * count + i] = 1;
  for (let i = 0; i < count; i++) {
    hidden[i * 2 * count + 2 * i] = 1;
    hidden[i * 2 * count + 2 * i + 1] = -1;
  }
  for (const [j, action] of actions.entries()) {
    bias[j] = action.bias;
    for (const [name, weight] of Object.entries(action.weights)) {
      const i = observationNames.indexOf(name);
      output[2 * i * actions.length + j] = weight;
      output[(2 * i + 1) * actions.length + j] = -weight;
    }
  }
  return encodePolicy({ meta, tensors });
}

const ARM_JOINTS = ['shoulder_pan', 'shoulder_lift', 'elbow_flex', 'wrist_flex', 'wrist_roll', 'gripper'] as const;
/** Full action: rad/s (maxSpeedRadOrMPerS of the reach task). */
const FULL_SPEED = 1.5;

/** The lag of a servo makes a circle grow, the same everywhere; this pulls each joint back to its center, and the more the larger the circle. */
const PULL = 0.1;

/**
 * Two joints circle around a center in the plane of their positions: each is driven by the distance of the other from its center. The
 * motion begins at positions 0 and never ends; it begins with the given speed.
 */
function circling(a: string, b: string, radiusRad: number, speedRadPerS: number): [LinearAction, LinearAction] {
  const gain = speedRadPerS / radiusRad / FULL_SPEED;
  return [
    { weights: { [`position(${b})`]: -gain, [`position(${a})`]: -PULL }, bias: gain * radiusRad },
    { weights: { [`position(${a})`]: gain, [`position(${b})`]: -PULL }, bias: PULL * radiusRad },
  ];
}

/** A policy for so101 and koch (task reach) that keeps four joints in motion, two of them under gravity. */
export function armPolicy(robot: string, observationNames: readonly string[]): Uint8Array {
  const [pan, roll] = circling('shoulder_pan', 'wrist_roll', 0.5, 0.8);
  const [elbow, wrist] = circling('elbow_flex', 'wrist_flex', 0.2, 0.3);
  const still = { weights: {}, bias: 0 };
  // Up from the table on which an arm without torque lies, and away from it.
  const lift = { weights: { 'position(shoulder_lift)': -1 }, bias: -0.6 };
  const actions = [pan, lift, elbow, wrist, roll, still];
  return linearPolicy({ robot, task: 'reach', observationNames, actionNames: ARM_JOINTS, actions });
}

/** A policy for pendulum-rig (task swing-up) that pumps energy into the pendulum. */
export function pendulumPolicy(observationNames: readonly string[]): Uint8Array {
  const actions = [{ weights: { velocity: 0.3 }, bias: 0.1 }];
  return linearPolicy({ robot: 'pendulum-rig', task: 'swing-up', observationNames, actionNames: ['hinge'], actions });
}
