import { NS_PER_S } from '../base/clock.ts';
import type { HandGuide } from './hand-guide.ts';
import type { Mechanics } from './mechanics.ts';
import type { JointDrive } from './port.ts';
import type { GroundTruthLog } from './ground-truth-log.ts';

/** The source of the joint drives (servos of a bus, or a board), called before every physics step. */
export type Drive = (nowNs: number) => readonly JointDrive[];

/** Scheduled actions, in order of time. */
export interface ScheduledFault {
  readonly atNs: number;
  readonly text: string;
  readonly run: (nowNs: number) => void;
}

/** After a longer pause (a suspended machine) the lost time is skipped instead of simulated. */
const MAX_PAUSE_NS = 200e6;
const TRUTH_PERIOD_NS = 4e6;

/** The robot in real time: physics steps, scheduled faults, and the ground truth of both. */
export class Plant {
  readonly stepNs: number;
  /** Physics steps that were skipped because `advance` was not called for too long. */
  skippedSteps = 0;
  private readonly mechanics: Mechanics;
  private readonly drive: Drive;
  private readonly hand: HandGuide | null;
  private readonly groundTruth: GroundTruthLog | null;
  private readonly planned: ScheduledFault[];
  private reachedNs: number;
  private groundTruthNs: number;
  private driveKinds = '';

  constructor(options: {
    readonly mechanics: Mechanics;
    readonly drive: Drive;
    /** null: no hand guiding. */
    readonly hand?: HandGuide | null;
    readonly planned: readonly ScheduledFault[];
    readonly groundTruth: GroundTruthLog | null;
    readonly nowNs: number;
  }) {
    this.mechanics = options.mechanics;
    this.drive = options.drive;
    this.hand = options.hand ?? null;
    this.groundTruth = options.groundTruth;
    this.planned = [...options.planned].sort((a, b) => a.atNs - b.atNs);
    this.stepNs = this.mechanics.stepS * NS_PER_S;
    this.reachedNs = options.nowNs;
    this.groundTruthNs = options.nowNs;
  }

  /** Takes every physics step that ends by `nowNs`. */
  advance(nowNs: number): void {
    if (nowNs - this.reachedNs > MAX_PAUSE_NS) {
      const skipped = Math.floor((nowNs - this.reachedNs) / this.stepNs) - 1;
      this.skippedSteps += skipped;
      this.reachedNs += skipped * this.stepNs;
    }
    while (this.reachedNs + this.stepNs <= nowNs) {
      this.reachedNs += this.stepNs;
      while (this.planned.length > 0 && this.planned[0]!.atNs <= this.reachedNs) {
        const { text, run } = this.planned.shift()!;
        this.groundTruth?.write('fault', this.reachedNs, { fault: text });
        run(this.reachedNs);
      }
      const drives = this.drive(this.reachedNs);
      this.recordDrives(drives);
      this.mechanics.step(drives, this.hand?.efforts(drives, this.reachedNs) ?? null);
      this.record();
    }
  }

  /** At the step from which they apply, when a kind has changed. */
  private recordDrives(drives: readonly JointDrive[]): void {
    if (this.groundTruth === null) return;
    const kinds = drives.map((drive) => (drive.kind === 'effort' && drive.holds ? 'hold' : drive.kind));
    if (kinds.join() === this.driveKinds) return;
    this.driveKinds = kinds.join();
    this.groundTruth.write('drives', this.reachedNs, { drives: kinds });
  }

  private record(): void {
    if (this.groundTruth === null || this.reachedNs < this.groundTruthNs) return;
    this.groundTruthNs += TRUTH_PERIOD_NS * Math.ceil((this.reachedNs - this.groundTruthNs + 1) / TRUTH_PERIOD_NS);
    const { positions, velocities } = this.mechanics;
    this.groundTruth.write('joints', this.reachedNs, {
      positions: rounded(positions),
      velocities: rounded(velocities),
    });
  }
}

function rounded(values: Float64Array): readonly number[] {
  return Array.from(values, (value) => Math.round(value * 1e7) / 1e7);
}
