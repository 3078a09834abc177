import type { GradSaveFunc, Rank, Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { TensorFlow } from './backend-adapter.ts';

/** What a pass is differentiated by; everything else is constant and has no backward pass. */
export type Differentiate = 'weights' | 'inputs';

export const NORM_EPSILON = 1e-5;

/** Keeps what the gradient needs beyond the scope of the operation; customGrad passes `save` as the last argument. */
function keep(save: unknown, tensors: Tensor[]): void {
  (save as GradSaveFunc)(tensors);
}

/**
 * The few differentiable operations of the update; the tape of TensorFlow.js composes them. Each defines its gradient: the core
 * package for Node registers none, and here every matrix product is without transposition (the WASM backend has no fast path for
 * transposed operands, and its sums over rows are slower than a product with ones).
 */
export class Operations {
  private readonly tf: TensorFlow;

  constructor(tf: TensorFlow) {
    this.tf = tf;
  }

  /** x [rows, in] W [in, out], differentiated by W only: x is data. */
  productOfData(x: Tensor2D, weight: Tensor2D): Tensor2D {
    const { tf } = this;
    return tf.customGrad((w) => ({
      value: tf.matMul(x, w as Tensor2D),
      gradFunc: (dy: Tensor) => [tf.matMul(tf.transpose(x), dy)],
    }))(weight) as Tensor2D;
  }

  /** x W + b where x is data. */
  affineOfData(x: Tensor2D, weight: Tensor2D, bias: Tensor1D): Tensor2D {
    const { tf } = this;
    return tf.customGrad((w, b) => ({
      value: tf.fused.matMul({ a: x, b: w as Tensor2D, bias: b as Tensor }),
      gradFunc: (dy: Tensor) => [tf.matMul(tf.transpose(x), dy), this.sumRows(dy as Tensor2D)],
    }))(weight, bias) as Tensor2D;
  }

  /** x W + b differentiated by x only: W and b are constants. */
  affineOfConstants(x: Tensor2D, weight: Tensor2D, bias: Tensor1D): Tensor2D {
    const { tf } = this;
    return tf.customGrad((input) => ({
      value: tf.fused.matMul({ a: input as Tensor2D, b: weight, bias }),
      gradFunc: (dy: Tensor) => [tf.matMul(dy, tf.transpose(weight))],
    }))(x) as Tensor2D;
  }

  /** x W + b differentiated by all three. */
  affine(x: Tensor2D, weight: Tensor2D, bias: Tensor1D): Tensor2D {
    const { tf } = this;
    return tf.customGrad((_x, _weight, _bias, save) => {
      keep(save, [x]);
      return {
        value: tf.fused.matMul({ a: x, b: weight, bias }),
        gradFunc: (dy: Tensor, saved: Tensor[]) => [
          tf.matMul(dy, tf.transpose(weight)),
          tf.matMul(tf.transpose(saved[0]!), dy),
          this.sumRows(dy as Tensor2D),
        ],
      };
    })(x, weight, bias) as Tensor2D;
  }

  /** max(x, 0); its gradient is 0 at 0. */
  relu(x: Tensor2D): Tensor2D {
    const { tf } = this;
    return tf.customGrad((input, save) => {
      const value = tf.relu(input as Tensor);
      keep(save, [value]);
      return { value, gradFunc: (dy: Tensor, saved: Tensor[]) => [tf.mul(dy, this.isPositive(saved[0]!))] };
    })(x) as Tensor2D;
  }

  /** (x - mean) / sqrt(variance + 1e-5) * scale + shift over each row; `weights` differentiates by all three, `inputs` by x. */
  layerNorm(x: Tensor2D, norm: { scale: Tensor1D; shift: Tensor1D }, by: Differentiate): Tensor2D {
    const { tf } = this;
    const { scale, shift } = norm;
    const forward = (save: unknown): Tensor => {
      const centered = tf.sub(x, tf.mean(x, 1, true));
      const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centered), 1, true), NORM_EPSILON));
      const z = tf.mul(centered, inverse);
      keep(save, [z, inverse]);
      return tf.add(tf.mul(z, scale), shift);
    };
    const byInput = (dy: Tensor, z: Tensor, inverse: Tensor): Tensor => {
      const dz = tf.mul(dy, scale);
      const along = tf.mul(z, tf.mean(tf.mul(dz, z), 1, true));
      return tf.mul(inverse, tf.sub(tf.sub(dz, tf.mean(dz, 1, true)), along));
    };
    if (by === 'inputs') {
      return tf.customGrad((_x, save) => ({
        value: forward(save),
        gradFunc: (dy: Tensor, saved: Tensor[]) => [byInput(dy, saved[0]!, saved[1]!)],
      }))(x) as Tensor2D;
    }
    return tf.customGrad((_x, _scale, _shift, save) => ({
      value: forward(save),
      gradFunc: (dy: Tensor, saved: Tensor[]) => [
        byInput(dy, saved[0]!, saved[1]!),
        this.sumRows(tf.mul(dy, saved[0]!)),
        this.sumRows(dy as Tensor2D),
      ],
    }))(x, scale, shift) as Tensor2D;
  }

  /** own [batch * particles, width] + shared [batch, width], the same for all particles of a state; with `inputs`, shared is constant. */
  addShared(own: Tensor2D, shared: Tensor2D, by: Differentiate): Tensor2D {
    const { tf } = this;
    const [batch, width] = shared.shape;
    const particles = own.shape[0] / batch;
    const sum = (a: Tensor, b: Tensor): Tensor =>
      tf.reshape(tf.add(tf.reshape(a, [batch, particles, width]), tf.reshape(b, [batch, 1, width])), own.shape);
    if (by === 'inputs') {
      return tf.customGrad((a) => ({ value: sum(a as Tensor, shared), gradFunc: (dy: Tensor) => [dy.clone()] }))(
        own,
      ) as Tensor2D;
    }
    return tf.customGrad((a, b) => ({
      value: sum(a as Tensor, b as Tensor),
      gradFunc: (dy: Tensor) => [dy.clone(), tf.sum(tf.reshape(dy, [batch, particles, width]), 1)],
    }))(own, shared) as Tensor2D;
  }

  tanh(u: Tensor2D): Tensor2D {
    const { tf } = this;
    return tf.customGrad((x, save) => {
      const value = tf.tanh(x as Tensor);
      keep(save, [value]);
      return { value, gradFunc: (dy: Tensor, saved: Tensor[]) => [tf.mul(dy, tf.sub(1, tf.square(saved[0]!)))] };
    })(u) as Tensor2D;
  }

  /** 1/2 mean (y - q)^2 of columns [rows, 1]; differentiated by q. */
  halfMeanSquare(q: Tensor2D, y: Tensor2D): Scalar {
    const { tf } = this;
    return tf.customGrad((x, save) => {
      const error = tf.sub(x as Tensor, y);
      keep(save, [error]);
      return {
        value: tf.mul(0.5, tf.mean(tf.square(error))),
        gradFunc: (dy: Tensor, saved: Tensor[]) => [tf.mul(dy, tf.div(saved[0]!, y.shape[0]))],
      };
    })(q) as Scalar;
  }

  /** a + b of one shape, differentiated by both. */
  sum<T extends Tensor>(a: T, b: T): T {
    const { tf } = this;
    return tf.customGrad((x, y) => ({
      value: tf.add(x as Tensor, y as Tensor),
      gradFunc: (dy: Tensor) => [dy.clone(), dy.clone()],
    }))(a, b) as T;
  }

  /** x + a constant, differentiated by x. */
  shift(x: Tensor2D, constant: Tensor2D): Tensor2D {
    const { tf } = this;
    return tf.customGrad((input) => ({
      value: tf.add(input as Tensor, constant),
      gradFunc: (dy: Tensor) => [dy.clone()],
    }))(x) as Tensor2D;
  }

  /** sum of x * constant; differentiated by x. */
  weightedSum(x: Tensor2D, constant: Tensor2D): Scalar {
    const { tf } = this;
    return tf.customGrad((_x, save) => {
      keep(save, [constant]);
      return {
        value: tf.sum(tf.mul(x, constant)),
        gradFunc: (dy: Tensor, saved: Tensor[]) => [tf.mul(dy, saved[0]!)],
      };
    })(x) as Scalar;
  }

  /** 1 where x >= the smallest normal float, else 0, for x >= 0; clipping is fast where comparing is not. */
  private isPositive(x: Tensor): Tensor {
    return this.tf.clipByValue(this.tf.mul(x, 1e38), 0, 1);
  }

  /** The sum over rows [out] as a product with a row of ones. */
  private sumRows(x: Tensor2D): Tensor1D {
    const { tf } = this;
    return tf.reshape<Rank.R1>(tf.matMul(tf.ones([1, x.shape[0]]), x), [x.shape[1]]);
  }
}
