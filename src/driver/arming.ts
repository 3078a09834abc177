import { SoftqdError } from '../base/errors.ts';

/** Arming takes several responses of the robot; a disarm or a newer arming request cancels it between two of them. */
export class ArmingSequence {
  private readonly robot: string;
  private generation = 0;
  private running: Promise<unknown> | null = null;

  constructor(robot: string) {
    this.robot = robot;
  }

  /** Runs `steps`, which call `throwIfCanceled` between two steps: it throws E_SAFETY_STATE after a disarm. */
  run(steps: (throwIfCanceled: () => void) => Promise<void>): Promise<void> {
    const generation = ++this.generation;
    const running = steps(() => {
      if (generation === this.generation) return;
      throw new SoftqdError('E_SAFETY_STATE', `${this.robot}: arming was canceled by a disarm`);
    });
    const ended = running.then(
      () => undefined,
      () => undefined,
    );
    this.running = ended;
    void ended.then(() => {
      if (this.running === ended) this.running = null;
    });
    return running;
  }

  /** Cancels arming. Resolves when it has ended, with whether it was in progress; never rejects. */
  async cancel(): Promise<boolean> {
    this.generation++;
    const { running } = this;
    await running;
    return running !== null;
  }
}
