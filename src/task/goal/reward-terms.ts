import { SoftqdError } from '../../base/errors.ts';
import { closestMatch } from '../../base/closest-match.ts';
import { sumOfSquares } from '../mathematics.ts';
import type { BehaviorStep } from '../modules/define-task.ts';
import type { TaskSettings } from '../settings.ts';

/** A step toward a goal, as the terms see it. */
export interface GoalStep extends BehaviorStep {
  /** Distance to the goal before and after the step, rad or m. */
  readonly distanceBefore: number;
  readonly distanceAfter: number;
  /** The distance at which the goal counts as reached, rad or m. */
  readonly tolerance: number;
  readonly reached: boolean;
}

/** Every term that a task file may weigh in `reward`, per step. */
const TERMS = {
  /** Distance to the goal after the step, rad or m. */
  distance: ({ distanceAfter }: GoalStep) => distanceAfter,
  /** How much closer the step came to the goal, rad or m. */
  progress: ({ distanceBefore, distanceAfter }: GoalStep) => distanceBefore - distanceAfter,
  /** 1 at the goal, falling linearly to 0 at twice the tolerance. */
  nearness: ({ distanceAfter, tolerance }: GoalStep) => Math.max(0, 1 - distanceAfter / (2 * tolerance)),
  /** 1 where the goal is reached. */
  success: ({ reached }: GoalStep) => (reached ? 1 : 0),
  /** Mean squared velocity of the joints, (rad/s)² or (m/s)². */
  speed: ({ after }: GoalStep) => sumOfSquares(after.velocities) / after.velocities.length,
  /** Mean squared action. */
  effort: ({ action }: GoalStep) => sumOfSquares(action) / action.length,
  /** Mean squared change of the action since the step before. */
  smoothness: ({ action, previousAction }: GoalStep) =>
    sumOfSquares(action.map((a, i) => a - previousAction[i]!)) / action.length,
  /** 1. */
  alive: () => 1,
} as const;

type Term = keyof typeof TERMS;
export type RewardWeights = Partial<Readonly<Record<Term, number>>>;

/**
 * The weighted sum of terms: those of the task file where it states `reward`, otherwise those of the kind. Throws E_CONFIG_UNKNOWN_KEY for
 * a term that does not exist.
 */
export function composeReward(
  settings: TaskSettings,
  defaults: RewardWeights,
): { readonly reward: (step: GoalStep) => number; readonly weighs: (term: Term) => boolean } {
  const weights = new Map(
    Object.entries(settings.reward ?? defaults).map(([name, weight]) => [known(settings, name), weight]),
  );
  return {
    reward(step) {
      let sum = 0;
      for (const [term, weight] of weights) sum += weight * TERMS[term](step);
      return sum;
    },
    weighs: (term) => (weights.get(term) ?? 0) !== 0,
  };
}

/** Throws E_CONFIG_VALUE: this kind defines its reward itself. */
export function refuseReward({ name, kind, reward }: TaskSettings): void {
  if (reward === undefined) return;
  throw new SoftqdError('E_CONFIG_VALUE', `task ${name}: kind ${kind} defines its reward; reward cannot be stated`, {
    hint: 'Remove reward from the task file. Kinds reach (with kinematics), hold-pose and track take it.',
    values: { task: name, kind, key: 'reward' },
  });
}

function known({ name: task }: TaskSettings, name: string): Term {
  const terms = Object.keys(TERMS);
  if (terms.includes(name)) return name as Term;
  const match = closestMatch(name, terms);
  throw new SoftqdError(
    'E_CONFIG_UNKNOWN_KEY',
    `task ${task}: reward has no term ${name}; available: ${terms.join(', ')}`,
    {
      ...(match === null ? {} : { hint: `Did you mean ${match}?` }),
      values: { task, key: `reward.${name}`, known: terms },
    },
  );
}
