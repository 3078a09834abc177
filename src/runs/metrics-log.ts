import type { LatenessSummary } from '../control/index.ts';
import type { TransitionLog } from '../experience/index.ts';
import type { LearnerMetrics } from '../experience/port.ts';
import type { Reading } from '../robot/reading.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';

/** Numbers that depend on the machine's speed: lock-step logs, which must be reproducible, do not contain them. */
const WALL_TIME_METRICS: ReadonlySet<string> = new Set(['updatesPerS']);

/** Logs what accompanies the transitions: joint states for plots and 3D, the learner's metrics, lateness. */
export class MetricsLog {
  private readonly log: TransitionLog;
  private readonly names: readonly string[];
  private readonly withJointStates: boolean;
  private readonly lockStep: boolean;
  private metricsSteps: number;

  /** `metricsSteps`: the learner's metrics up to this step are already in the log. */
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

  /** The lateness of the ticks since the run began, as `lateness*Us` and `skippedTicks`. */
  lateness(monotonicTimeNs: number, { p50, p99, p999, max }: LatenessSummary, skippedTicks: number): void {
    const names = { latenessP50Us: p50, latenessP99Us: p99, latenessP999Us: p999, latenessMaxUs: max };
    this.log.metrics({ monotonicTimeNs, metrics: { ...names, skippedTicks } });
  }

  /** Temperature, supply and load of each motor that the driver reports, as `temperatureC/JOINT`, `supplyV/JOINT`, `load/JOINT`. */
  motors(monotonicTimeNs: number, { health = [] }: Reading): void {
    const metrics: Record<string, number> = {};
    for (const [i, motor] of health.entries())
      for (const [key, value] of Object.entries(motor) as [string, number | null][])
        if (value !== null) metrics[`${key}/${this.names[i] ?? i}`] = value;
    if (Object.keys(metrics).length > 0) this.log.metrics({ monotonicTimeNs, metrics });
  }

  /** Logs the learner's latest metrics once for each of its steps. */
  learnerMetrics(monotonicTimeNs: number, metrics: LearnerMetrics): void {
    const steps = metrics['steps'] ?? 0;
    if (steps <= this.metricsSteps) return;
    this.metricsSteps = steps;
    // Sorted by name: after a resume the learner may send them in another order.
    const byName = Object.entries(metrics).sort(([a], [b]) => (a < b ? -1 : 1));
    const kept = byName.filter(([name]) => !this.lockStep || !WALL_TIME_METRICS.has(name));
    this.log.metrics({ monotonicTimeNs, metrics: Object.fromEntries(kept) });
  }
}
