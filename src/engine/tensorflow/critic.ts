import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { TensorFlow } from './backend-adapter.ts';
import { collectGradients, type Gradients } from './gradients.ts';
import type { DeviceNetwork, Networks } from './network.ts';

export interface CriticInput {
  readonly observations: Tensor2D;
  /** [batch, action] */
  readonly actions: Tensor2D;
  /** y [batch], reward units. */
  readonly targets: Float32Array;
}

export interface CriticGradients {
  readonly gradients: Gradients;
  /** Sum over the critics of 1/2 mean (y - Q)^2. */
  readonly loss: number;
  /** Mean of Q over batch and critics. */
  readonly qMean: number;
}

/** Q_c(s, a) [rows] of every critic, minimum over them. */
export function minQ(tf: TensorFlow, networks: Networks, critics: readonly DeviceNetwork[]) {
  return (observations: Tensor2D, actions: Tensor2D): Tensor =>
    critics
      .map((critic): Tensor => networks.run(critic, { observations, inputs: actions, by: 'inputs' }))
      .reduce((a, b) => tf.minimum(a, b));
}

/** The gradient of the critic loss (11), sum_c 1/2 mean (y - Q_c(s, a))^2, by the parameters of every critic. */
export function criticGradients(
  tf: TensorFlow,
  networks: Networks,
  critics: readonly DeviceNetwork[],
  input: CriticInput,
): CriticGradients {
  const { observations, actions } = input;
  const batch = input.targets.length;
  const y = tf.tensor2d(input.targets, [batch, 1]);
  const gradients: Gradients = new Map();
  let loss = 0;
  let qMean = 0;
  for (const critic of critics) {
    const { value, grads } = tf.valueAndGrads(() => {
      const q = networks.run(critic, { observations, inputs: actions, by: 'weights' });
      qMean += tf.mean(q).dataSync()[0]! / critics.length;
      return networks.operations.halfMeanSquare(q, y);
    })(critic.leaves.map((leaf) => leaf.tensor));
    loss += value.dataSync()[0]!;
    for (const [name, gradient] of collectGradients(critic.leaves, grads)) gradients.set(name, gradient);
  }
  return { gradients, loss, qMean };
}

/** dQ/da [rows, action] of the minimum over the critics of each row; a tie belongs to the first. */
export function actionGradients(
  tf: TensorFlow,
  networks: Networks,
  critics: readonly DeviceNetwork[],
  at: { readonly observations: Tensor2D; readonly actions: Tensor2D },
): Tensor2D {
  const { operations } = networks;
  return tf.grad((actions) => {
    const values = critics.map((critic) =>
      networks.run(critic, { observations: at.observations, inputs: actions as Tensor2D, by: 'inputs' }),
    );
    const shares = sharesOfMinimum(values.map((q) => q.dataSync() as Float32Array));
    return values
      .map((q, c): Tensor => operations.weightedSum(q, tf.tensor2d(shares[c]!, q.shape)))
      .reduce((sum, part) => operations.sum(sum, part));
  })(at.actions) as Tensor2D;
}

/** For each critic 1 at the rows where it is the smallest, else 0. */
function sharesOfMinimum(values: readonly Float32Array[]): Float32Array[] {
  const shares = values.map((q) => new Float32Array(q.length));
  for (let row = 0; row < values[0]!.length; row++) {
    let low = 0;
    for (let c = 1; c < values.length; c++) if (values[c]![row]! < values[low]![row]!) low = c;
    shares[low]![row] = 1;
  }
  return shares;
}
