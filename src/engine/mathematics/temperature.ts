/** One step moves log alpha by at most this times the learning rate, for any entropy error. */
const MAX_ERROR = 2;

export interface TemperatureStep {
  readonly learningRate: number;
  /** Nats. */
  readonly targetEntropy: number;
  /** The batch's mean entropy, nats. */
  readonly entropy: number;
  readonly alphaMin: number;
  readonly alphaMax: number;
}

/** log alpha + lr clip(H_target - H, -2, 2), within [log alphaMin, log alphaMax]: low entropy raises alpha. */
export function stepLogAlpha(logAlpha: number, step: TemperatureStep): number {
  const error = Math.max(-MAX_ERROR, Math.min(MAX_ERROR, step.targetEntropy - step.entropy));
  const moved = logAlpha + step.learningRate * error;
  return Math.max(Math.log(step.alphaMin), Math.min(Math.log(step.alphaMax), moved));
}
