import type { LatenessSummary } from '../control/index.ts';
import type { TransitionLog } from '../experience/index.ts';
import type { LearnerMetrics } from '../experience/port.ts';
import type { Reading } from '../robot/reading.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';

/** Numbers that depend on the machine's speed: they stay out of logs whose bytes must repeat. */
const WALL_TIME_METRICS: ReadonlySet<string> = new Set(['updatesPerS']);

/** What hangs on the line beside its transitions: joint states for plots and 3D, the learner's numbers. */
export class MetricsLog {
  private readonly log: TransitionLog;
  private readonly names: readonly string[];
  private readonly withJointStates: boolean;
  private readonly lockStep: boolean;
  private metricsSteps: number;

  /** `metricsSteps`: the learner's numbers up to this step are in the log already. */
  constructor(options: {
    log: TransitionLog;
    robot: RobotSpec;
    withJointStates: boolean;
    lockStep: boolean;
    metricsSteps: number;
  }) {
    this.log = options.log;
    this.names = options.robot.joints.map((joint) => joint.name);
    this.withJointStates = options.withJointStates;
    this.lockStep = options.lockStep;
    this.metricsSteps = options.metricsSteps;
  }

  jointStates(monotonicTimeNs: number, { positions, velocities, efforts }: Reading): void {
    if (this.withJointStates)
      this.log.jointStates({ monotonicTimeNs, names: this.names, positions, velocities, efforts });
  }

  /** How late the line's ticks were since the run began, as `lateness*Us` and `skippedTicks`. */
  lateness(monotonicTimeNs: number, { p50, p99, p999, max }: LatenessSummary, skippedTicks: number): void {
    const names = { latenessP50Us: p50, latenessP99Us: p99, latenessP999Us: p999, latenessMaxUs: max };
    this.log.metrics({ monotonicTimeNs, metrics: { ...names, skippedTicks } });
  }

  /** Logs the learner's newest numbers once for each step they are of. */
  learnerMetrics(monotonicTimeNs: number, metrics: LearnerMetrics): void {
    const steps = metrics['steps'] ?? 0;
    if (steps <= this.metricsSteps) return;
    this.metricsSteps = steps;
    // In the order of their names: after a resume the learner may give them in another one.
    const byName = Object.entries(metrics).sort(([a], [b]) => (a < b ? -1 : 1));
    const kept = byName.filter(([name]) => !this.lockStep || !WALL_TIME_METRICS.has(name));
    this.log.metrics({ monotonicTimeNs, metrics: Object.fromEntries(kept) });
  }
}
