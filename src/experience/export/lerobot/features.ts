import { SoftqdError } from '../../../base/errors.ts';
import type { Transition } from '../../../robot/transition.ts';

/** One frame: a transition and its place in the data set. */
export interface Frame {
  readonly transition: Transition;
  readonly frameIndex: number;
  readonly episodeIndex: number;
  readonly index: number;
  readonly timestampS: number;
}

/** One column of the data set. */
export interface Feature {
  readonly name: string;
  readonly dtype: 'float32' | 'int64' | 'bool';
  readonly size: number;
  readonly names: readonly string[] | null;
  /** The numbers of a frame, `size` of them; truth values are 0 and 1. */
  readonly values: (frame: Frame) => ArrayLike<number>;
}

/** The columns of a log whose first transition is `first`: LeRobot's mandatory and usual ones. */
export function featuresOf(first: Transition): readonly Feature[] {
  return [
    vector('observation.state', first.observation.length, ({ transition }) => transition.observation),
    vector('action', first.appliedAction.length, ({ transition }) => transition.appliedAction),
    scalar('next.reward', 'float32', ({ transition }) => transition.reward),
    scalar('next.done', 'bool', ({ transition }) => Number(transition.terminated || transition.truncated)),
    scalar('timestamp', 'float32', ({ timestampS }) => timestampS),
    scalar('frame_index', 'int64', ({ frameIndex }) => frameIndex),
    scalar('episode_index', 'int64', ({ episodeIndex }) => episodeIndex),
    scalar('index', 'int64', ({ index }) => index),
    scalar('task_index', 'int64', () => 0),
  ];
}

/** `features` of meta/info.json. */
export function featuresJson(features: readonly Feature[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(features.map(({ name, dtype, size, names }) => [name, { dtype, shape: [size], names }]));
}

function scalar(name: string, dtype: Feature['dtype'], value: (frame: Frame) => number): Feature {
  return { name, dtype, size: 1, names: null, values: (frame) => [value(frame)] };
}

function vector(name: string, size: number, values: (frame: Frame) => Float32Array): Feature {
  const stem = name.replace('.', '_');
  return {
    name,
    size,
    dtype: 'float32',
    names: Array.from({ length: size }, (_, i) => `${stem}_${i}`),
    values: (frame) => {
      const vector = values(frame);
      if (vector.length === size) return vector;
      throw new SoftqdError(
        'E_LOG_FILE',
        `transition ${frame.transition.sequence}: ${name} has ${vector.length} elements, those before it had ${size}`,
        {
          hint: 'Export runs of different tasks apart.',
          values: { sequence: frame.transition.sequence, feature: name },
        },
      );
    },
  };
}
