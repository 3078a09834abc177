import { NS_PER_S, type Clock } from '../../base/clock.ts';
import { toSoftqdError } from '../../base/errors.ts';
import type { ServoBus } from '../../driver/index.ts';
import type { ServoCalibration } from '../../robot/calibration-mismatches.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { answerError, readRegisters } from '../../servo/registers/register-values.ts';
import { calibrationFrom } from './homing.ts';
import type { Person, RangeRow } from './operator.ts';
import type { CalibrationProgress } from './progress.ts';
import { RangeRecorder, withinHalfTurn } from './range-recorder.ts';

export interface MeasuringOptions {
  readonly robot: RobotSpec;
  readonly bus: ServoBus;
  readonly clock: Clock;
  readonly person: Person;
  readonly askDirections: boolean;
  readonly signal: AbortSignal;
}

const SAMPLE_PERIOD_S = 0.02;
const TABLE_PERIOD_S = 0.1;
const KEEP_PERIOD_S = 1;
/** A servo may be silent this long while the arm is moved: plugs shake. */
const SILENCE_S = 1;
/** Part of the stated range below which a joint counts as not moved: Enter came too early. */
const MOVED_PART = 0.1;
/** Beyond this difference to the robot file the person is told. */
const ODD_PART = 0.15;
/** A joint whose stated range is longer goes all round. */
const ALL_ROUND_STEPS = 4000;
/** Steps that a joint must move for its direction to be told. */
const DIRECTION_STEPS = 60;

/** The part of a calibration that a person does: middle pose, range by hand, direction. Every step done is kept at once. */
export class Measuring {
  private readonly options: MeasuringOptions;
  private readonly ids: readonly number[];
  private readonly keep: (progress: CalibrationProgress) => Promise<void>;
  private progress: CalibrationProgress;

  constructor(
    options: MeasuringOptions,
    progress: CalibrationProgress,
    keep: (progress: CalibrationProgress) => Promise<void>,
  ) {
    this.options = options;
    this.ids = options.robot.servoBus!.servos.map(({ id }) => id);
    this.progress = progress;
    this.keep = keep;
  }

  async run(): Promise<CalibrationProgress> {
    if (this.progress.middles === null) await this.middle();
    await this.range();
    if (this.options.askDirections && this.progress.directions === null) await this.directions();
    await this.done({ result: this.result() });
    return this.progress;
  }

  private async middle(): Promise<void> {
    await this.options.person.enter(
      { step: 'middle', text: 'Put every joint in the middle of its range, then press Enter.' },
      this.options.signal,
    );
    const rows = await this.read(['presentPosition', 'homingOffset']);
    const middles = rows.map((values) => ({
      presentSteps: values['presentPosition']!,
      heldOffsetSteps: values['homingOffset']!,
    }));
    await this.done({ middles });
  }

  /** Follows the joints until Enter, and on until every joint was moved. */
  private async range(): Promise<void> {
    const middles = this.progress.middles!.map(({ presentSteps }) => presentSteps);
    const recorder = new RangeRecorder(middles, this.progress.ranges);
    (await this.positions()).forEach((steps, joint) => recorder.rejoin(joint, steps));
    let text =
      'Move every joint slowly from one end of its range to the other. When each has seen about 100 %, press Enter.';
    for (;;) {
      await this.follow(recorder, text);
      const still = this.rows(recorder).filter(({ seen, turnsFreely }) => seen < MOVED_PART && !turnsFreely);
      if (still.length === 0) break;
      text = `Not moved yet: ${still.map(({ name }) => name).join(', ')}. Move them from end to end, then press Enter.`;
    }
    await this.done({ ranges: recorder.ranges });
    for (const [joint, row] of this.rows(recorder).entries()) this.remark(row, statedSteps(this.options.robot, joint));
  }

  private async follow(recorder: RangeRecorder, text: string): Promise<void> {
    const { person, signal, clock } = this.options;
    const enter = new AbortController();
    let failure: unknown = null;
    const entered = person.enter({ step: 'range', text }, signal).then(
      () => enter.abort(),
      (error: unknown) => {
        failure = error;
        enter.abort();
      },
    );
    const heardNs = this.ids.map(() => clock.nowNs());
    let tableNs = -Infinity;
    let keptNs = clock.nowNs();
    try {
      while (!enter.signal.aborted) {
        await this.sample(recorder, heardNs);
        const nowNs = clock.nowNs();
        if (nowNs - tableNs >= TABLE_PERIOD_S * NS_PER_S) {
          tableNs = nowNs;
          person.tell({ event: 'range', joints: this.rows(recorder) });
        }
        if (nowNs - keptNs >= KEEP_PERIOD_S * NS_PER_S) {
          keptNs = nowNs;
          await this.done({ ranges: recorder.ranges });
        }
        await this.pause(SAMPLE_PERIOD_S);
      }
      await entered;
      if (failure !== null) throw toThrow(failure);
      person.tell({ event: 'range', joints: this.rows(recorder) });
    } finally {
      await this.done({ ranges: recorder.ranges });
    }
  }

  /** Takes where the joints are. A lost answer leaves a gap; throws what it was when a servo stays silent. */
  private async sample(recorder: RangeRecorder, heardNs: number[]): Promise<void> {
    const { bus, clock } = this.options;
    const results = await readRegisters(bus, this.ids, ['presentPosition']);
    const nowNs = clock.nowNs();
    for (const [joint, result] of results.entries()) {
      const silentS = (nowNs - heardNs[joint]!) / NS_PER_S;
      if (result.kind === 'failed') {
        if (silentS > SILENCE_S) throw answerError(result);
        continue;
      }
      recorder.add(joint, result.values['presentPosition']!);
      heardNs[joint] = nowNs;
    }
  }

  /** One joint after the other: the way it grows. */
  private async directions(): Promise<void> {
    const { robot, person, signal } = this.options;
    const directions: (1 | -1)[] = [];
    for (const [joint, { name }] of robot.joints.entries()) {
      let hint = '';
      for (;;) {
        const before = (await this.positions())[joint]!;
        const text = `${hint}${name}: move it a little in its positive direction, then press Enter.`;
        await person.enter({ step: 'direction', text }, signal);
        const moved = withinHalfTurn((await this.positions())[joint]! - before);
        if (Math.abs(moved) >= DIRECTION_STEPS) {
          directions.push(moved > 0 ? 1 : -1);
          break;
        }
        hint = 'It did not move far enough. ';
      }
      if (directions[joint] !== robot.servoBus!.servos[joint]!.direction) {
        person.note(
          `${name} grows the other way round than the robot file says; the calibration keeps what was measured.`,
        );
      }
    }
    await this.done({ directions });
  }

  private result(): ServoCalibration[] {
    const { middles, ranges } = this.progress;
    return middles!.map((middle, joint) => {
      const { robot, person } = this.options;
      const { values, cutPart } = calibrationFrom(robot, joint, middle, ranges![joint]!);
      if (cutPart > 0.01) {
        person.note(
          `${robot.joints[joint]!.name}: ${Math.round(100 * cutPart)} % of its range is left out: the encoder begins anew there, which position mode cannot pass. ` +
            'Mounting the horn nearer to the middle of the servo gives it back.',
        );
      }
      return values;
    });
  }

  private rows(recorder: RangeRecorder): RangeRow[] {
    return recorder.ranges.map(({ lowest, highest, now, turnsFreely }, joint): RangeRow => {
      const stated = statedSteps(this.options.robot, joint);
      return {
        name: this.options.robot.joints[joint]!.name,
        id: this.ids[joint]!,
        minimumSteps: 2048 + lowest,
        presentSteps: 2048 + now,
        maximumSteps: 2048 + highest,
        seen: stated === null ? 1 : (highest - lowest) / stated,
        turnsFreely,
      };
    });
  }

  private remark({ name, seen, turnsFreely }: RangeRow, stated: number | null): void {
    if (turnsFreely) {
      if (stated === null || stated > ALL_ROUND_STEPS) return;
      this.options.person.note(
        `${name} was turned all the way round: it is taken to have no end stops, its middle is the pose of the first step.`,
      );
      return;
    }
    if (Math.abs(seen - 1) <= ODD_PART) return;
    this.options.person.note(
      `${name}: the range by hand is ${Math.round(100 * seen)} % of what the robot file states; was it moved to both ends?`,
    );
  }

  private async positions(): Promise<number[]> {
    return (await this.read(['presentPosition'])).map((values) => values['presentPosition']!);
  }

  private async read(names: readonly string[]): Promise<Readonly<Record<string, number>>[]> {
    const results = await readRegisters(this.options.bus, this.ids, names);
    return results.map((result) => {
      if (result.kind === 'failed') throw answerError(result);
      return result.values;
    });
  }

  private async done(part: Partial<CalibrationProgress>): Promise<void> {
    this.progress = { ...this.progress, ...part };
    await this.keep(this.progress);
  }

  private pause(seconds: number): Promise<void> {
    const { clock } = this.options;
    return new Promise((resolve) => clock.at(clock.nowNs() + seconds * NS_PER_S, resolve));
  }
}

/** Steps of the range that the robot file states for a joint; null when it states none. */
function statedSteps(robot: RobotSpec, joint: number): number | null {
  const { minPositionRadOrM: low, maxPositionRadOrM: high } = robot.joints[joint]!.limits;
  if (low === undefined || high === undefined) return null;
  return ((high - low) / robot.servoBus!.servos[joint]!.travelPerTurnRadOrM) * 4096;
}

/** An abort stays what it is; anything else becomes one of ours. */
function toThrow(failure: unknown): Error {
  return failure instanceof Error && failure.name === 'AbortError' ? failure : toSoftqdError(failure);
}
