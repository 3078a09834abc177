import { NS_PER_S } from '../../base/clock.ts';
import type { Reading } from '../../robot/reading.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { BusCounters, JointMap, ServoFamily, ServoSample } from '../../servo/index.ts';
import { PlausibilityGate } from './plausibility-gate.ts';
import type { ServoReply } from '../../servo/port.ts';

export interface AssemblerOptions {
  readonly robot: RobotSpec;
  readonly dialect: ServoFamily;
  readonly maps: readonly JointMap[];
  readonly counters: BusCounters;
  /** A servo without a newer believed value is a fault, when twenty reads in a row have missed it. */
  readonly maxAgeNs: number;
}

/** Why a servo gave no value in the newest read. */
export interface ReadFailure {
  readonly code: string;
  readonly detail: string;
}

/** How a servo does, as last heard. */
export interface ServoHealth {
  readonly id: number;
  readonly supplyV: number;
  readonly temperatureC: number;
  /** Part of what the motor can do, -1 to 1. */
  readonly load: number;
}

interface TrackedServo {
  readonly id: number;
  readonly gate: PlausibilityGate;
  sample: ServoSample | null;
  atNs: number;
  miss: ReadFailure | null;
  /** Reads in a row without a value. */
  consecutiveFailures: number;
  statusBits: number;
  /** Reads in a row that reported a fault: one may be a damaged byte. */
  statusReads: number;
}

/** Where the robot file states no velocity limit: 20 turns a second. */
const DEFAULT_MAX_TURNS_PER_S = 20;
/** Two reads in a row must say so: one with a right checksum may still be damage. */
const FAULT_CONFIRMATIONS = 2;
/** With one byte in a hundred damaged a Dynamixel is missed in two reads of five: this many in a row are no chance any more. */
const MAX_CONSECUTIVE_FAILURES = 20;
/** A value that is older than so many times the limit leaves in no reading. */
const MAX_AGE_FACTOR = 2;

/**
 * Readings out of the answers of single servos. A servo that was not heard, or not believed, keeps its value, for twice `maxAgeNs` at most;
 * `arrivalNs` is that of the newest believed answer.
 */
export class ReadingAssembler {
  private readonly options: AssemblerOptions;
  private readonly motors: readonly TrackedServo[];
  private newestNs = -Infinity;

  /** `sinceNs`: from now on every servo has `maxAgeNs` to be heard. */
  constructor(options: AssemblerOptions, sinceNs: number) {
    this.options = options;
    const { robot, dialect, maps } = options;
    this.motors = (robot.servoBus?.servos ?? []).map(({ id }, i) => {
      const velocity = robot.joints[i]!.limits.maxVelocityRadOrMPerS;
      const maxTurnsPerS = velocity === undefined ? DEFAULT_MAX_TURNS_PER_S : velocity / Math.abs(maps[i]!.perTurn);
      const gate = new PlausibilityGate({
        range: dialect.positionRange,
        stepsPerTurn: dialect.stepsPerTurn,
        maxTurnsPerS,
      });
      return {
        id,
        gate,
        sample: null,
        atNs: sinceNs,
        miss: null,
        consecutiveFailures: 0,
        statusBits: 0,
        statusReads: 0,
      };
    });
  }

  /** Ids of the servos that gave no value in the newest read they were asked in. */
  get missingIds(): readonly number[] {
    return this.motors.filter(({ miss }) => miss !== null).map(({ id }) => id);
  }

  /** Takes in what servos answered; true when at least one was believed. */
  accept(answers: readonly ServoReply[], nowNs: number, driven: boolean): boolean {
    let any = false;
    for (const answer of answers) {
      const motor = this.motors.find(({ id }) => id === answer.id);
      if (motor !== undefined && this.acceptOne(motor, answer, nowNs, driven)) any = true;
    }
    return any;
  }

  /** The robot as last believed, or null while a servo has not been heard, or not for twice the limit. */
  reading(sequence: number, nowNs: number): Reading | null {
    const { robot, maps } = this.options;
    const samples = this.motors.flatMap(({ sample }) => (sample === null ? [] : [sample]));
    const oldestNs = Math.min(...this.motors.map(({ atNs }) => atNs));
    if (samples.length < this.motors.length || nowNs - oldestNs > MAX_AGE_FACTOR * this.options.maxAgeNs) return null;
    const values = (value: (sample: ServoSample, i: number) => number): Float64Array =>
      Float64Array.from(samples, value);
    const sensors = new Map(
      robot.sensors.map(({ name }) => [
        name,
        name === 'temperature'
          ? values(({ temperatureC }) => temperatureC)
          : Float64Array.of(Math.min(...samples.map(({ supplyV }) => supplyV))),
      ]),
    );
    return {
      sequence,
      arrivalNs: this.newestNs,
      deviceTimeS: this.newestNs / NS_PER_S,
      positions: values(({ positionSteps }, i) => maps[i]!.position(positionSteps)),
      velocities: values(({ turnsPerS }, i) => turnsPerS * maps[i]!.perTurn),
      // No register counts N m: load and current are no torque without the motor's own constant.
      efforts: new Float64Array(samples.length),
      sensors,
    };
  }

  /** The servo whose value is too old, or never came: index in joint order, and the newest reason; null when there is none. */
  staleServo(nowNs: number): { readonly index: number; readonly miss: ReadFailure } | null {
    // Reads, too: where this process stood still the servos are not to blame.
    const index = this.motors.findIndex(
      ({ atNs, consecutiveFailures }) =>
        consecutiveFailures >= MAX_CONSECUTIVE_FAILURES && nowNs - atNs > this.options.maxAgeNs,
    );
    const miss = this.motors[index]?.miss ?? null;
    return miss === null ? null : { index, miss };
  }

  /** The servo that reports a fault, twice in a row: index in joint order and the error byte. */
  faultedServo(): { readonly index: number; readonly statusBits: number } | null {
    const index = this.motors.findIndex(({ statusReads }) => statusReads >= FAULT_CONFIRMATIONS);
    return index < 0 ? null : { index, statusBits: this.motors[index]!.statusBits };
  }

  /** Supply and temperature as last heard, in joint order. */
  health(): readonly ServoHealth[] {
    return this.motors.flatMap(({ id, sample }) =>
      sample === null ? [] : [{ id, supplyV: sample.supplyV, temperatureC: sample.temperatureC, load: sample.load }],
    );
  }

  private acceptOne(motor: TrackedServo, answer: ServoReply, nowNs: number, driven: boolean): boolean {
    if (answer.kind === 'failed') {
      return recordFailure(motor, { code: answer.code, detail: answer.detail });
    }
    motor.statusReads = answer.statusBits === 0 ? 0 : motor.statusReads + 1;
    motor.statusBits = answer.statusBits;
    const arrivalNs = answer.arrivalNs ?? nowNs;
    const sample = this.options.dialect.sample(answer.data);
    if (!motor.gate.accept(sample, arrivalNs, driven)) {
      this.options.counters.of(motor.id).implausible++;
      return recordFailure(motor, {
        code: 'E_READING_IMPLAUSIBLE',
        detail: `servo ${motor.id}: implausible position ${sample.positionSteps}`,
      });
    }
    motor.sample = sample;
    motor.atNs = arrivalNs;
    motor.miss = null;
    motor.consecutiveFailures = 0;
    this.newestNs = Math.max(this.newestNs, arrivalNs);
    return true;
  }
}

function recordFailure(motor: TrackedServo, miss: ReadFailure): false {
  motor.miss = miss;
  motor.consecutiveFailures++;
  return false;
}
