/** Returns that others published for a task and a number of environment steps: SAC, and the best of all. */
export interface PublishedReturns {
  readonly robot: string;
  readonly task: string;
  readonly steps: number;
  readonly sac: string;
  readonly best: string;
}

/**
 * Of Gym and Gymnasium v4 mostly; v5 changed Walker2d's foot friction and Ant's observation. SAC and the best published at 100,000 and
 * 300,000 steps; Swimmer: the range of SAC at a million steps.
 */
export const PUBLISHED_RETURNS: readonly PublishedReturns[] = [
  { robot: 'half-cheetah', task: 'HalfCheetah-v5', steps: 100_000, sac: '6156', best: '8330' },
  { robot: 'half-cheetah', task: 'HalfCheetah-v5', steps: 300_000, sac: '8593', best: '10391' },
  { robot: 'hopper', task: 'Hopper-v5', steps: 100_000, sac: '1103', best: '2997' },
  { robot: 'hopper', task: 'Hopper-v5', steps: 300_000, sac: '2160', best: '3502' },
  { robot: 'walker2d', task: 'Walker2d-v5', steps: 100_000, sac: '690', best: '3914' },
  { robot: 'ant', task: 'Ant-v5', steps: 100_000, sac: '747', best: '4176' },
  { robot: 'swimmer', task: 'Swimmer-v5', steps: 100_000, sac: '41-346 at 1M', best: '-' },
  { robot: 'reacher', task: 'Reacher-v5', steps: 50_000, sac: '-', best: '-' },
  { robot: 'inverted-pendulum', task: 'InvertedPendulum-v5', steps: 20_000, sac: '-', best: '-' },
  { robot: 'inverted-double-pendulum', task: 'InvertedDoublePendulum-v5', steps: 20_000, sac: '-', best: '-' },
];
