import { NS_PER_MS } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { servoTimeoutError, type ServoBusCounters } from '../../servo/index.ts';

/** Why a servo gave no value in the newest read. */
export interface ReadFailure {
  readonly code: string;
  readonly detail: string;
}

/** The reads of one servo, in joint order. */
export interface ServoReadState {
  readonly id: number;
  /** Arrival of its newest accepted value, or when reading began. */
  readonly atNs: number;
  /** null: the newest read gave a value. */
  readonly miss: ReadFailure | null;
  /** Consecutive reads without an accepted value. */
  readonly consecutiveFailures: number;
  /** In its newest accepted value; null before the first. */
  readonly supplyV: number | null;
}

export interface ReadingLossOptions {
  readonly robot: RobotSpec;
  readonly counters: ServoBusCounters;
  readonly logger: Logger;
  /** A servo without a value for this long is missing; the guard holds the robot. */
  readonly maxAgeNs: number;
  /** Missing for this long in addition is a fault. */
  readonly faultNs: number;
}

/** A pause of this process is not a fault of the servo: at least this many reads must have failed. */
const MIN_FAILED_READS = 5;
/** Consecutive failed reads of a servo that is silent. */
const SILENT_READS = 3;
/** Servos that fell silent within this fraction of the fault time fell silent together. */
const TOGETHER_FRACTION = 0.5;

/** Readings that stay away: reports each loss when it begins and ends, and gives the fault with its cause when it lasts. */
export class ReadingLossMonitor {
  /** Losses that began, including those that ended. */
  losses = 0;
  private readonly options: ReadingLossOptions;
  private readonly lostSinceNs = new Map<number, number>();

  constructor(options: ReadingLossOptions) {
    this.options = options;
  }

  /** Call after each read. The fault, or null; the same one again while it lasts. */
  check(servos: readonly ServoReadState[], nowNs: number): SoftqdError | null {
    const { maxAgeNs, faultNs } = this.options;
    this.report(servos, nowNs);
    const isOverdue = ({ atNs, miss, consecutiveFailures }: ServoReadState, limitNs: number): boolean =>
      miss !== null && consecutiveFailures >= MIN_FAILED_READS && nowNs - atNs > limitNs;
    if (!servos.some((servo) => isOverdue(servo, maxAgeNs + faultNs))) return null;
    const lost = servos.flatMap((servo, index) =>
      isOverdue(servo, maxAgeNs + TOGETHER_FRACTION * faultNs) ? [{ ...servo, index }] : [],
    );
    return this.cause(lost, servos.length, nowNs);
  }

  /** Why servos give no value now, or null: it explains why commands are late. */
  silence(servos: readonly ServoReadState[], nowNs: number): SoftqdError | null {
    const lost = servos.flatMap((servo, index) =>
      servo.miss !== null && servo.consecutiveFailures >= SILENT_READS ? [{ ...servo, index }] : [],
    );
    return lost.length === 0 ? null : this.cause(lost, servos.length, nowNs);
  }

  /** One line for all losses that began in this read, and one for all that ended. */
  private report(servos: readonly ServoReadState[], nowNs: number): void {
    const { robot, logger, maxAgeNs } = this.options;
    const begun: number[] = [];
    const ended: number[] = [];
    for (const [index, { atNs, miss, consecutiveFailures }] of servos.entries()) {
      const isReported = this.lostSinceNs.has(index);
      const isLost = miss !== null && consecutiveFailures >= MIN_FAILED_READS && nowNs - atNs > maxAgeNs;
      if (isLost && !isReported) begun.push(index);
      if (miss === null && isReported) ended.push(index);
    }
    const names = (indexes: readonly number[]): string => indexes.map((i) => robot.joints[i]?.name ?? '').join(', ');
    const [first] = begun;
    if (first !== undefined) {
      const { atNs, miss } = servos[first]!;
      const what = `no valid reading of ${names(begun)} for ${milliseconds(nowNs - atNs)} ms`;
      logger.warning(`${robot.name}: ${what}, holding: ${miss?.detail ?? ''}`);
      for (const index of begun) this.lostSinceNs.set(index, servos[index]!.atNs);
      this.losses += begun.length;
    }
    const [back] = ended;
    if (back === undefined) return;
    const lostNs = servos[back]!.atNs - this.lostSinceNs.get(back)!;
    for (const index of ended) this.lostSinceNs.delete(index);
    logger.info(`${robot.name}: readings of ${names(ended)} are back after ${milliseconds(lostNs)} ms`);
  }

  private cause(
    lost: readonly (ServoReadState & { readonly index: number })[],
    count: number,
    nowNs: number,
  ): SoftqdError {
    const { robot, counters } = this.options;
    const [first] = lost;
    const lostMs = milliseconds(nowNs - first!.atNs);
    const silent = lost.filter(({ miss }) => miss?.code === 'E_SERVO_NO_REPLY');
    if (count > 1 && silent.length === count) return supplyLost(robot, lostMs, first!.supplyV);
    if (lost.length > 1 && silent.length < lost.length) return busDamaged(robot, lost.length, lostMs);
    const row = counters.servos.get(first!.id);
    const lossPercent = row === undefined ? 0 : (100 * row.lost) / Math.max(1, row.requested);
    const volts = first!.supplyV === null ? '' : `, ${first!.supplyV.toFixed(1)} V in its last reply`;
    const detail = `${first!.miss!.detail} (${lostMs} ms; ${lossPercent.toFixed(1)} % of its replies lost so far${volts})`;
    return servoTimeoutError(robot, first!.index, { code: first!.miss!.code, detail });
  }
}

function supplyLost(robot: RobotSpec, lostMs: number, supplyV: number | null): SoftqdError {
  const volts = supplyV === null ? '' : ` (${supplyV.toFixed(1)} V in the last reply)`;
  return new SoftqdError(
    'E_SUPPLY_VOLTAGE',
    `${robot.name}: no reply from any servo for ${lostMs} ms: supply lost, as by an emergency stop, or cable unplugged${volts}`,
    {
      hint: 'Release the emergency stop or restore the supply, check the cable to the first servo, then arm again.',
      values: { lostMs, supplyV },
    },
  );
}

function busDamaged(robot: RobotSpec, servos: number, lostMs: number): SoftqdError {
  return new SoftqdError(
    'E_SERVO_CHECKSUM',
    `${robot.name}: corrupt replies from ${servos} servos for ${lostMs} ms: the bus is disturbed`,
    { values: { servos, lostMs } },
  );
}

function milliseconds(ns: number): number {
  return Math.round(ns / NS_PER_MS);
}
