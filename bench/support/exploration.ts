import { readFileSync } from 'node:fs';
import JSON5 from 'json5';
import { markdownTable } from './markdown-table.ts';
import { runLog } from './run-log.ts';

/** How far the robot has come in a run, m: of the snake the largest and smallest x, of the quadruped the smallest distance from the target. */
export interface Reached {
  readonly largestXM?: number;
  readonly smallestXM?: number;
  readonly smallestDistanceM?: number;
}

export interface ExplorationTask {
  readonly robot: string;
  readonly task: string;
  /** The outcome of an episode that found the better way. */
  readonly outcome: string;
  /** Share of DDPG's and of soft Q-learning's runs in the paper. */
  readonly paper: string;
  /** Whether some episode of the run found it. */
  readonly isFound: (reached: Reached) => boolean;
  /** Adds a step's observation. */
  readonly add: (reached: Reached, observation: Float32Array) => Reached;
}

function parametersOf(robot: string, task: string): Readonly<Record<string, number>> {
  const file = new URL(`../../config/robots/${robot}/tasks/${task}.json5`, import.meta.url);
  return JSON5.parse<{ parameters: Record<string, number> }>(readFileSync(file, 'utf8')).parameters;
}

function snake(): ExplorationTask {
  const { finishLineM = NaN } = parametersOf('snake', 'forward-backward');
  return {
    ...{ robot: 'snake', task: 'forward-backward', outcome: 'crossed', paper: '80 % of DDPG, all of soft Q-learning' },
    isFound: ({ largestXM = -Infinity }) => largestXM > finishLineM,
    add: ({ largestXM = -Infinity, smallestXM = Infinity }, [x = NaN]) => ({
      largestXM: Math.max(largestXM, x),
      smallestXM: Math.min(smallestXM, x),
    }),
  };
}

function maze(): ExplorationTask {
  const { targetXM = NaN, targetYM = NaN, passedDistanceM = NaN } = parametersOf('quadruped', 'maze');
  return {
    ...{ robot: 'quadruped', task: 'maze', outcome: 'passed', paper: '60 % of DDPG, all of soft Q-learning' },
    isFound: ({ smallestDistanceM = Infinity }) => smallestDistanceM < passedDistanceM,
    add: ({ smallestDistanceM = Infinity }, [x = NaN, y = NaN]) => ({
      smallestDistanceM: Math.min(smallestDistanceM, Math.hypot(x - targetXM, y - targetYM)),
    }),
  };
}

/** x and y are the first two elements of both observations. */
export const EXPLORATION_TASKS: readonly ExplorationTask[] = [snake(), maze()];

/** What a run reached while it learned, its last step included, from its log. */
export async function reachedIn(task: ExplorationTask, logDirectory: string): Promise<Reached> {
  let reached: Reached = {};
  for await (const message of runLog(logDirectory)) {
    if (message.kind !== 'transition') continue;
    reached = task.add(reached, message.transition.observation);
    reached = task.add(reached, message.transition.nextObservation);
  }
  return reached;
}

/** One line of bench:exploration. */
export interface ExplorationRun {
  readonly task: string;
  readonly preset: string;
  readonly seed: number;
  readonly steps: number;
  readonly reached: Reached;
  /** Whether an episode of the training found the better way. */
  readonly found: boolean;
  /** Of the evaluation episodes of the final policy the part that did, by mode. */
  readonly finalPolicy: Readonly<Record<'best' | 'sample', number>>;
  readonly meanReturn: Readonly<Record<'best' | 'sample', number>>;
  readonly wallS: number;
  readonly machine: string;
}

/** A row for each task, preset and number of steps, beside the paper's. */
export function explorationTable(runs: readonly ExplorationRun[]): string {
  const groups = new Map<string, ExplorationRun[]>();
  for (const run of runs) {
    const key = [run.task, run.preset, run.steps].join(' ');
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  const rows = [...groups.values()].map((own) => {
    const [{ task, preset, steps }] = own as [ExplorationRun];
    const outcome = EXPLORATION_TASKS.find((one) => one.task === task);
    const share = (isOne: (run: ExplorationRun) => boolean): string => `${own.filter(isOne).length} of ${own.length}`;
    return [
      ...[
        `${task}, ${outcome?.outcome ?? ''}`,
        preset,
        `${steps} steps, ${own.length} ${own.length === 1 ? 'seed' : 'seeds'}`,
      ],
      share(({ found }) => found),
      share(({ finalPolicy }) => finalPolicy.best > 0.5),
      share(({ finalPolicy }) => finalPolicy.sample > 0.5),
      own.map(({ seed, reached }) => `${seed}: ${Object.values(reached).map(rounded).join(' / ')}`).join(', '),
      outcome?.paper ?? '',
    ];
  });
  const reached = 'reached, m (snake: largest / smallest x; maze: smallest distance)';
  const head = ['task', 'preset', 'extent', 'runs that found it', 'final policy, best', 'final policy, sample'];
  return markdownTable([...head, reached, 'the paper, 5 million steps, 10 seeds'], rows);
}

function rounded(value: number): string {
  return value.toFixed(2);
}
