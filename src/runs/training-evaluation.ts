import { SoftqdError } from '../base/errors.ts';
import { decodePolicy } from '../policy/index.ts';
import type { CleanupStack } from './cleanup-stack.ts';
import type { CommandUi } from './command-ui.ts';
import type { RobotAndTask } from './components.ts';
import { mean, standardDeviation } from './episodes.ts';
import { Evaluator, sampleInitialStates } from './evaluator.ts';
import type { LearningSession } from './learning-session.ts';
import type { RunDirectory } from './run-directory.ts';
import { MAX_POLICY_BYTES, type PolicySwitcher } from './policy-switcher.ts';
import type { Progress } from './progress.ts';
import { successesOf } from './success.ts';
import type { TensorBoardLog } from './tensorboard-log.ts';

const MODES = ['best', 'sample', 'zero'] as const;

export interface TrainingEvaluationOptions {
  readonly selected: RobotAndTask;
  readonly run: RunDirectory;
  readonly ui: CommandUi;
  /** `best` evaluations at or above this mean are "solved"; null: no threshold. */
  readonly solvedAtReturn: number | null;
  readonly stopWhenSolved: boolean;
  readonly closer: CleanupStack;
  readonly session: LearningSession;
  readonly switcher: PolicySwitcher;
  readonly progress: Progress;
  readonly tensorBoard: TensorBoardLog;
}

/** Evaluates the policy of a training run in each mode: a row of the curve, and whether the task is solved. */
export class TrainingEvaluation {
  private readonly options: TrainingEvaluationOptions;
  private readonly evaluator: Evaluator;
  private impossible = false;

  constructor(options: TrainingEvaluationOptions) {
    this.options = options;
    this.evaluator = new Evaluator(options.selected, options.closer, options.ui);
  }

  /** Resolves with whether the run ends here. Sets `training.solvedAtStep` when the task is solved for the first time. */
  async evaluate(step: number, training: { solvedAtStep: number | null }): Promise<boolean> {
    const { ui, progress, solvedAtReturn, stopWhenSolved } = this.options;
    const best = this.impossible
      ? null
      : await this.evaluateModes(step).catch((error: unknown) => this.stopEvaluating(error));
    if (best === null || solvedAtReturn === null || !(best >= solvedAtReturn) || training.solvedAtStep !== null)
      return false;
    training.solvedAtStep = step;
    ui.event({ event: 'solved', step, wallS: progress.wallS() });
    return stopWhenSolved;
  }

  /** A running simulator accepts one controller, which the training is. */
  private stopEvaluating(error: unknown): null {
    if (!(error instanceof SoftqdError) || error.code !== 'E_CONTROLLER_TAKEN') throw error;
    this.impossible = true;
    this.options.ui.info(
      'no evaluations: the simulator accepts one controller; with --simulator COMMAND softqd starts a second one for them',
    );
    return null;
  }

  /** The mean return of mode `best`; null: interrupted. */
  private async evaluateModes(step: number): Promise<number | null> {
    const { selected, run, ui, switcher } = this.options;
    const { episodes, seed } = run.file.config.evaluation;
    const initialStates = sampleInitialStates(selected.task, episodes, seed);
    const snapshot = decodePolicy(switcher.active!.bytes, { maxBytes: MAX_POLICY_BYTES });
    let best = NaN;
    for (const mode of MODES) {
      const { returns, outcomes } = await this.evaluator.play(snapshot, {
        mode,
        initialStates,
        seed,
        signal: ui.signal,
      });
      if (returns.length < initialStates.length) return null;
      const row = { step, mode, mean: mean(returns), std: standardDeviation(returns) };
      if (mode === 'best') best = row.mean;
      this.report(row, episodes, successesOf(selected.task, outcomes));
    }
    return best;
  }

  private report(
    row: { step: number; mode: (typeof MODES)[number]; mean: number; std: number },
    episodes: number,
    successes: number | null,
  ): void {
    const { run, ui, session, progress, tensorBoard } = this.options;
    run.appendCurve({
      ...row,
      episode: progress.lastEpisode,
      updates: session.updates,
      alpha: session.metric('alpha') ?? NaN,
      entropy: session.metric('entropy') ?? NaN,
      wallS: Math.round(progress.wallS() * 1000) / 1000,
    });
    tensorBoard.add(row.step, { [`eval/${row.mode}`]: row.mean });
    ui.event({ event: 'evaluation', ...row, episodes, successes });
  }
}
