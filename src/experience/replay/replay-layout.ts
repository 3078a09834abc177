import { SoftqdError } from '../../base/errors.ts';

/** What the arrays of a replay memory are sized by. */
export interface ReplaySizes {
  /** Most transitions held. */
  readonly capacity: number;
  readonly observationSize: number;
  readonly actionSize: number;
  /** Most episodes open at a time (simulators side by side); default 64. */
  readonly streams?: number;
  /** Rows beyond `capacity` for the last observations of episodes; default capacity / 8: full use down to episodes of eight steps. */
  readonly extraObservations?: number;
}

export interface ReplayOptions extends ReplaySizes {
  /** Discount factor per step, in [0, 1]. */
  readonly discount: number;
  /** Most steps that a drawn return sums up, from 1; default 1. */
  readonly nStep?: number;
}

/** Throws E_CONFIG_VALUE for a discount outside [0, 1] and for no steps. */
export function checkReturns({ discount, nStep = 1 }: ReplayOptions): void {
  if (discount >= 0 && discount <= 1 && Number.isSafeInteger(nStep) && nStep >= 1) return;
  throw new SoftqdError(
    'E_CONFIG_VALUE',
    `replay memory: discount is ${discount} and nStep ${nStep}, they must be from 0 to 1 and a positive integer`,
    { values: { discount, nStep } },
  );
}

export interface ReplayLayout {
  readonly observationCapacity: number;
  /** An observation is shared only while at most this many newer ones are stored. */
  readonly maxLag: number;
  readonly maxStreams: number;
  readonly bytes: number;
}

/** Float32 reward, one byte terminated, three int32 rows. */
const BYTES_BESIDE_VECTORS = 4 + 1 + 4 + 4 + 4;

/** Sizes of a replay memory's arrays. Throws E_CONFIG_VALUE for sizes that are not positive integers. */
export function replayLayout(options: ReplaySizes): ReplayLayout {
  const { capacity, observationSize, actionSize, streams = 64 } = options;
  const { extraObservations = Math.ceil(capacity / 8) } = options;
  for (const [name, value] of Object.entries({ capacity, observationSize, actionSize, streams })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new SoftqdError('E_CONFIG_VALUE', `replay memory: ${name} is ${value}, it must be a positive integer`, {
        values: { name, value },
      });
    }
  }
  const maxLag = 4 * streams;
  const observationCapacity = capacity + Math.max(1, extraObservations) + maxLag;
  const bytes = 4 * observationCapacity * observationSize + capacity * (4 * actionSize + BYTES_BESIDE_VECTORS);
  return { observationCapacity, maxLag, maxStreams: streams, bytes };
}
