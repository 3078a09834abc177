import type { Guard } from '../../safety/port.ts';
import type { CommandUi } from '../command-ui.ts';
import type { ConnectedDriver } from '../connect-driver.ts';
import type { DaemonControl, DaemonStatus } from '../daemon/index.ts';
import type { LearningSession } from '../learning-session.ts';
import type { PolicySwitcher } from '../policy-switcher.ts';
import type { RunFile } from '../../config/index.ts';
import type { StoppedEvent } from '../run-events.ts';
import type { StickyFault, StickyFaults } from '../sticky-faults/index.ts';
import type { LoopStatistics } from './loop-statistics.ts';
import type { DrivePhase } from './real-time-drive.ts';

export interface RunMonitorOptions {
  readonly robot: string;
  readonly id: string | null;
  readonly driver: string | null;
  readonly rateHz: number;
  readonly run: { readonly path: string; readonly file: RunFile };
  readonly statistics: LoopStatistics;
  readonly faults: StickyFaults;
  readonly ui: Pick<CommandUi, 'stops'>;
}

/** The state of a real-time run for other processes, and their requests to stop it. */
export class RunMonitor implements DaemonControl {
  readonly robot: string;
  readonly id: string | null;
  phase: 'connecting' | DrivePhase = 'connecting';
  guard: Guard | null = null;
  connection: Pick<ConnectedDriver, 'servos' | 'readingLosses' | 'driver'> | null = null;
  switcher: PolicySwitcher | null = null;
  session: LearningSession | null = null;
  private readonly options: RunMonitorOptions;
  private lastStop: StoppedEvent | null = null;
  private waiting: ((stopped: StoppedEvent | null) => void)[] = [];
  private isOver = false;

  constructor(options: RunMonitorOptions) {
    this.options = options;
    this.robot = options.robot;
    this.id = options.id;
  }

  status(): DaemonStatus {
    const { driver, rateHz, run, statistics, faults } = this.options;
    const { lateness } = statistics;
    const sha256 = this.switcher?.active?.sha256 ?? run.file.parentPolicySha256;
    const fault = faults.read();
    return {
      robot: this.robot,
      id: this.id,
      pid: process.pid,
      driver,
      state: this.state,
      reason: this.guard?.reason?.message ?? this.lastStop?.reason ?? fault?.message ?? null,
      loop: { rateHz, ticks: lateness.count, skipped: lateness.skipped, latenessUs: lateness.summary() },
      servos: this.servos(),
      readings: this.connection?.readingLosses() ?? null,
      effortNotLimited: this.connection?.driver.effortNotLimited ?? [],
      run: run.path,
      policy: { version: this.switcher?.active?.version ?? 0, sha256 },
      learner: this.session === null ? null : { pid: this.session.supervisor.pid, updates: this.session.updates },
      stop: this.lastStop,
      fault,
    };
  }

  private servos(): DaemonStatus['servos'] {
    const derating = this.guard?.derating ?? [];
    const joints = this.connection?.driver.spec.joints ?? [];
    return (this.connection?.servos() ?? []).map((servo) => {
      const index = joints.findIndex(({ name }) => name === servo.joint);
      return { ...servo, derating: derating[index] ?? 1 };
    });
  }

  /** The state of the guard while the control loop runs, otherwise the phase. */
  get state(): string {
    return this.phase === 'running' ? (this.guard?.state ?? this.phase) : this.phase;
  }

  stop(kind: 'park' | 'stop'): Promise<StoppedEvent | null> {
    this.options.ui.stops.request(kind);
    if (this.isOver) return Promise.resolve(this.lastStop);
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  clearFault(): StickyFault | null {
    return this.options.faults.clear();
  }

  /** The joints have their stop modes. */
  stopped(event: StoppedEvent): void {
    this.lastStop = event;
  }

  /** The robot will not be armed again: those who wait for the stop get their answer. */
  finish(): void {
    if (this.isOver) return;
    this.isOver = true;
    for (const resolve of this.waiting) resolve(this.lastStop);
    this.waiting = [];
  }
}
