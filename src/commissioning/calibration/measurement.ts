import { NS_PER_S, type Clock } from '../../base/clock.ts';
import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import { readRegisters, replyError, requireRegisters, type ServoBus } from '../../servo/index.ts';
import type { ServoCalibration } from '../../robot/calibration-mismatches.ts';
import { rangeProblem, statedRangeSteps } from '../../robot/calibration-range.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { calibrationFrom } from './homing.ts';
import type { Operator, RangeRow } from './operator.ts';
import type { CalibrationProgress } from './progress.ts';
import { RangeRecorder, wrapToHalfTurn } from './range-recorder.ts';

export interface MeasuringOptions {
  readonly robot: RobotSpec;
  readonly bus: ServoBus;
  readonly clock: Clock;
  readonly person: Operator;
  readonly measureDirections: boolean;
  readonly signal: AbortSignal;
}

const SAMPLE_PERIOD_S = 0.02;
const TABLE_PERIOD_S = 0.1;
const SAVE_PERIOD_S = 1;
/** Longest time without a reply of a servo while the arm is moved: connectors may lose contact. */
const REPLY_TIMEOUT_S = 1;
/** Fraction of the robot file's range below which a joint counts as not moved. */
const MIN_MOTION_FRACTION = 0.1;
/** Larger differences to the robot file are reported. */
const RANGE_WARNING_FRACTION = 0.15;
/** A joint with a longer range in the robot file is continuous. */
const FULL_TURN_STEPS = 4000;
/** Motion that shows a joint's direction. */
const DIRECTION_STEPS = 60;

/**
 * The part of a calibration that the operator does: middle pose, range by hand guiding, direction. Every finished step is stored at once,
 * the result when it is written to the servos.
 */
export class RangeMeasurement {
  private readonly options: MeasuringOptions;
  private readonly ids: readonly number[];
  private readonly onProgress: (progress: CalibrationProgress) => Promise<void>;
  private progress: CalibrationProgress;

  constructor(
    options: MeasuringOptions,
    progress: CalibrationProgress,
    onProgress: (progress: CalibrationProgress) => Promise<void>,
  ) {
    this.options = options;
    this.ids = options.robot.servoBus!.servos.map(({ id }) => id);
    this.progress = progress;
    this.onProgress = onProgress;
  }

  async run(): Promise<CalibrationProgress> {
    if (this.progress.middles === null) await this.captureMiddle();
    await this.recordRanges();
    if (this.options.measureDirections && this.progress.directions === null) await this.directions();
    return { ...this.progress, result: this.result() };
  }

  private async captureMiddle(): Promise<void> {
    await this.options.person.waitForEnter(
      { step: 'middle', text: 'Move every joint to the middle of its range, then press Enter.' },
      this.options.signal,
    );
    const rows = await this.read(['presentPosition', 'homingOffset']);
    const middles = rows.map((values) => ({
      presentSteps: values['presentPosition']!,
      previousOffsetSteps: values['homingOffset']!,
    }));
    await this.saveProgress({ middles });
  }

  /** Records the joints until Enter, and until every joint was moved. */
  private async recordRanges(): Promise<void> {
    const middles = this.progress.middles!.map(({ presentSteps }) => presentSteps);
    const recorder = new RangeRecorder(middles, this.progress.ranges);
    (await this.positions()).forEach((steps, joint) => recorder.resume(joint, steps));
    let text = 'Move every joint slowly through its full range. Press Enter when all show about 100 % coverage.';
    for (;;) {
      await this.recordUntilEnter(recorder, text);
      const unmoved = this.rows(recorder).filter(
        ({ coverage, continuous }) => coverage < MIN_MOTION_FRACTION && !continuous,
      );
      if (unmoved.length === 0) break;
      text = `Not moved yet: ${unmoved.map(({ name }) => name).join(', ')}. Move them through their full range, then press Enter.`;
    }
    await this.saveProgress({ ranges: recorder.ranges });
    for (const [joint, row] of this.rows(recorder).entries())
      this.reportRange(row, statedRangeSteps(this.options.robot, joint));
  }

  private async recordUntilEnter(recorder: RangeRecorder, text: string): Promise<void> {
    const { person, signal, clock } = this.options;
    const enter = new AbortController();
    let failure: unknown = null;
    const entered = person.waitForEnter({ step: 'range', text }, signal).then(
      () => enter.abort(),
      (error: unknown) => {
        failure = error;
        enter.abort();
      },
    );
    const lastReceivedNs = this.ids.map(() => clock.nowNs());
    let tableNs = -Infinity;
    let keptNs = clock.nowNs();
    try {
      while (!enter.signal.aborted) {
        await this.sample(recorder, lastReceivedNs);
        const nowNs = clock.nowNs();
        if (nowNs - tableNs >= TABLE_PERIOD_S * NS_PER_S) {
          tableNs = nowNs;
          person.emit({ event: 'range', joints: this.rows(recorder) });
        }
        if (nowNs - keptNs >= SAVE_PERIOD_S * NS_PER_S) {
          keptNs = nowNs;
          await this.saveProgress({ ranges: recorder.ranges });
        }
        await this.pause(SAMPLE_PERIOD_S);
      }
      await entered;
      if (failure !== null) throw toThrow(failure);
      person.emit({ event: 'range', joints: this.rows(recorder) });
    } finally {
      await this.saveProgress({ ranges: recorder.ranges });
    }
  }

  /** Records the present positions. A lost reply leaves a gap; throws its error when a servo does not reply for too long. */
  private async sample(recorder: RangeRecorder, lastReceivedNs: number[]): Promise<void> {
    const { bus, clock } = this.options;
    const results = await readRegisters(bus, this.ids, ['presentPosition']);
    const nowNs = clock.nowNs();
    for (const [joint, result] of results.entries()) {
      const silentS = (nowNs - lastReceivedNs[joint]!) / NS_PER_S;
      if (result.kind === 'failed') {
        if (silentS > REPLY_TIMEOUT_S) throw replyError(result);
        continue;
      }
      recorder.add(joint, result.values['presentPosition']!);
      lastReceivedNs[joint] = nowNs;
    }
  }

  /** The positive direction of one joint after the other. */
  private async directions(): Promise<void> {
    const { robot, person, signal } = this.options;
    const directions: (1 | -1)[] = [];
    for (const [joint, { name }] of robot.joints.entries()) {
      let hint = '';
      for (;;) {
        const before = (await this.positions())[joint]!;
        const text = `${hint}${name}: move the joint slightly in its positive direction, then press Enter.`;
        await person.waitForEnter({ step: 'direction', text }, signal);
        const moved = wrapToHalfTurn((await this.positions())[joint]! - before);
        if (Math.abs(moved) >= DIRECTION_STEPS) {
          directions.push(moved > 0 ? 1 : -1);
          break;
        }
        hint = 'Not moved far enough. ';
      }
      if (directions[joint] !== robot.servoBus!.servos[joint]!.direction) {
        person.info(`${name}: measured direction is opposite to the robot file; the measured direction is used.`);
      }
    }
    await this.saveProgress({ directions });
  }

  private result(): ServoCalibration[] {
    const { middles, ranges } = this.progress;
    return middles!.map((middle, joint) => {
      const { robot, person } = this.options;
      const { values, truncatedFraction } = calibrationFrom(robot, joint, middle, ranges![joint]!);
      if (truncatedFraction > 0.01) {
        person.info(
          `${robot.joints[joint]!.name}: ${Math.round(100 * truncatedFraction)} % of the range is not usable: the encoder wraps around there, which position mode does not support. ` +
            "Remount the horn closer to the servo's center to regain it.",
        );
      }
      const problem = rangeProblem(robot, joint, values);
      if (problem !== null)
        throw new SoftqdError('E_CALIBRATION', `${robot.joints[joint]!.name} (servo ${values.id}): ${problem}`, {
          hint: 'Move this joint slowly from one end stop to the other, or correct its position limits in the robot file.',
          values: { joint: robot.joints[joint]!.name, id: values.id },
        });
      return values;
    });
  }

  private rows(recorder: RangeRecorder): RangeRow[] {
    return recorder.ranges.map(({ min, max, present, continuous }, joint): RangeRow => {
      const stated = statedRangeSteps(this.options.robot, joint);
      return {
        name: this.options.robot.joints[joint]!.name,
        id: this.ids[joint]!,
        minimumSteps: 2048 + min,
        presentSteps: 2048 + present,
        maximumSteps: 2048 + max,
        coverage: stated === null ? 1 : (max - min) / stated,
        continuous,
      };
    });
  }

  private reportRange({ name, coverage, continuous }: RangeRow, stated: number | null): void {
    if (continuous) {
      if (stated === null || stated > FULL_TURN_STEPS) return;
      this.options.person.info(
        `${name}: turned a full revolution; treated as continuous, with the pose of step 1 as its middle.`,
      );
      return;
    }
    if (Math.abs(coverage - 1) <= RANGE_WARNING_FRACTION) return;
    this.options.person.info(
      `${name}: measured range is ${Math.round(100 * coverage)} % of the robot file's range. Was the joint moved to both ends?`,
    );
  }

  private async positions(): Promise<number[]> {
    return (await this.read(['presentPosition'])).map((values) => values['presentPosition']!);
  }

  private read(names: readonly string[]): Promise<Readonly<Record<string, number>>[]> {
    return requireRegisters(this.options.bus, this.ids, names);
  }

  private async saveProgress(part: Partial<CalibrationProgress>): Promise<void> {
    this.progress = { ...this.progress, ...part };
    await this.onProgress(this.progress);
  }

  private pause(seconds: number): Promise<void> {
    const { clock } = this.options;
    return new Promise((resolve) => clock.setTimer(clock.nowNs() + seconds * NS_PER_S, resolve));
  }
}

/** An AbortError is kept; anything else becomes a SoftqdError. */
function toThrow(failure: unknown): Error {
  return failure instanceof Error && failure.name === 'AbortError' ? failure : toSoftqdError(failure);
}
