import { SoftqdError } from '../base/errors.ts';

/** Arming takes several answers of the robot, and who wants it disarmed does not wait for them: the newest wish counts. */
export class ArmingSequence {
  private readonly robot: string;
  private generation = 0;
  private running: Promise<unknown> | null = null;

  constructor(robot: string) {
    this.robot = robot;
  }

  /** Runs `steps`, which call what they are given between two of them: it throws E_SAFETY_STATE when the robot was disarmed since. */
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

  /** Nobody wants it armed any more. Resolves when what was under way has ended, with whether anything was; never rejects. */
  async cancel(): Promise<boolean> {
    this.generation++;
    const { running } = this;
    await running;
    return running !== null;
  }
}
