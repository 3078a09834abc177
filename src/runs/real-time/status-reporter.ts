import { NS_PER_S } from '../../base/clock.ts';
import type { AppliedTick } from '../../control/index.ts';
import type { Reading } from '../../robot/reading.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { Guard } from '../../safety/port.ts';
import type { CommandUi } from '../command-ui.ts';
import type { LearningSession } from '../learning-session.ts';
import type { MetricsLog } from '../metrics-log.ts';
import type { LoopStatistics } from './loop-statistics.ts';

const STATUS_PERIOD_NS = NS_PER_S;
const JOINTS_PERIOD_NS = NS_PER_S / 10;

export interface StatusReporterOptions {
  readonly ui: CommandUi;
  readonly rateHz: number;
  readonly robot: RobotSpec;
  readonly guard: Guard;
  readonly statistics: LoopStatistics;
  readonly metricsLog: MetricsLog;
  readonly session: LearningSession | null;
}

interface StatusInput {
  readonly nowNs: number;
  readonly episode: number;
  readonly policyVersion: number;
  readonly reading: Reading;
}

/** Reports the state of a real-time run about once per second, and its joints ten times per second. */
export class StatusReporter {
  private readonly options: StatusReporterOptions;
  private lastStatusNs = 0;
  private lastJointsNs = 0;

  constructor(options: StatusReporterOptions) {
    this.options = options;
  }

  received({ tick: { startNs }, state, steps }: AppliedTick): void {
    const { reading, policyVersion } = steps[0]!;
    if (startNs - this.lastJointsNs >= JOINTS_PERIOD_NS) {
      this.lastJointsNs = startNs;
      const { positions, velocities } = reading;
      this.options.ui.event({ event: 'joints', positions: [...positions], velocities: [...velocities] });
    }
    if (startNs - this.lastStatusNs < STATUS_PERIOD_NS) return;
    this.lastStatusNs = startNs;
    this.options.metricsLog.motors(startNs, reading);
    this.reportStatus({ nowNs: startNs, episode: state.robots[0]!.episode, policyVersion, reading });
  }

  private reportStatus({ nowNs, episode, policyVersion, reading }: StatusInput): void {
    const { ui, rateHz, guard, statistics, metricsLog, session } = this.options;
    const { lateness, lastReturn, transitions } = statistics;
    const { joints } = this.options.robot;
    const latenessUs = lateness.summary();
    metricsLog.lateness(nowNs, latenessUs, lateness.skipped);
    ui.event({
      event: 'status',
      state: guard.state,
      ticks: lateness.count,
      skipped: lateness.skipped,
      rateHz,
      episode,
      return: lastReturn,
      policyVersion,
      latenessUs,
      updates: session?.updates ?? 0,
      transitions,
      servos: (reading.health ?? []).map((motor, i) => ({ joint: joints[i]?.name ?? '', ...motor })),
    });
  }
}
