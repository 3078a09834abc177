import { SoftqdError } from '../base/errors.ts';

/** Arming takes several answers of the robot, and who wants it disarmed does not wait for them: the newest wish counts. */
export class Arming {
  private readonly robot: string;
  private wish = 0;
  private underWay: Promise<unknown> | null = null;

  constructor(robot: string) {
    this.robot = robot;
  }

  /** Runs `steps`, which call what they are given between two of them: it throws E_SAFETY_STATE when the robot was disarmed since. */
  run(steps: (requireWanted: () => void) => Promise<void>): Promise<void> {
    const wish = ++this.wish;
    const running = steps(() => {
      if (wish === this.wish) return;
      throw new SoftqdError('E_SAFETY_STATE', `${this.robot}: it was disarmed while it was being armed`);
    });
    const ended = running.then(
      () => undefined,
      () => undefined,
    );
    this.underWay = ended;
    void ended.then(() => {
      if (this.underWay === ended) this.underWay = null;
    });
    return running;
  }

  /** Nobody wants it armed any more. Resolves when what was under way has ended, with whether anything was; never rejects. */
  async cancel(): Promise<boolean> {
    this.wish++;
    const { underWay } = this;
    await underWay;
    return underWay !== null;
  }
}
