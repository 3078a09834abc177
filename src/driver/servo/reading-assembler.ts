import { NS_PER_S } from '../../base/clock.ts';
import type { JointHealth, Reading } from '../../robot/reading.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { BusCounters, JointMap, ServoProtocol, ServoReply, ServoSample } from '../../servo/index.ts';
import { PlausibilityGate } from './plausibility-gate.ts';
import type { ReadFailure, ServoReadState } from './reading-loss.ts';

export interface AssemblerOptions {
  readonly robot: RobotSpec;
  readonly protocol: ServoProtocol;
  readonly maps: readonly JointMap[];
  readonly counters: BusCounters;
}

/** The condition of a servo, as received last. */
export interface ServoHealth extends JointHealth {
  readonly id: number;
}

/** A servo that reports a fault. */
export interface ServoFaultStatus {
  /** In joint order. */
  readonly index: number;
  /** The error byte. */
  readonly statusBits: number;
}

interface TrackedServo {
  readonly id: number;
  readonly gate: PlausibilityGate;
  readonly modelNumber: number;
  sample: ServoSample | null;
  atNs: number;
  miss: ReadFailure | null;
  /** Consecutive reads without an accepted value. */
  consecutiveFailures: number;
  statusBits: number;
  /** Consecutive reads that reported a fault. */
  statusReads: number;
}

/** Where the robot file has no velocity limit. */
const DEFAULT_MAX_TURNS_PER_S = 20;
/** Consecutive reads that must report a fault: one with a valid checksum may still be corrupt. */
const FAULT_CONFIRMATIONS = 2;

/**
 * Assembles readings from the replies of single servos. A servo without an accepted value keeps the previous one; the guard judges by
 * `arrivalNs`, the arrival of the oldest value.
 */
export class ReadingAssembler {
  private readonly options: AssemblerOptions;
  private readonly servos: readonly TrackedServo[];
  private newestNs = -Infinity;
  /** The servo that is cleared of an overload, by index; null: none. It is not read. */
  private recovering: number | null = null;

  /** `sinceNs`: when reading begins. */
  constructor(options: AssemblerOptions, sinceNs: number) {
    this.options = options;
    const { robot, protocol, maps } = options;
    this.servos = (robot.servoBus?.servos ?? []).map(({ id, modelNumber }, i) => {
      const velocity = robot.joints[i]!.limits.maxVelocityRadOrMPerS;
      const maxTurnsPerS = velocity === undefined ? DEFAULT_MAX_TURNS_PER_S : velocity / Math.abs(maps[i]!.perTurn);
      const gate = new PlausibilityGate({
        range: protocol.positionRange,
        stepsPerTurn: protocol.stepsPerTurn,
        maxTurnsPerS,
      });
      return {
        id,
        gate,
        modelNumber,
        sample: null,
        atNs: sinceNs,
        miss: null,
        consecutiveFailures: 0,
        statusBits: 0,
        statusReads: 0,
      };
    });
  }

  /** IDs of the servos to read, in joint order. */
  get readIds(): readonly number[] {
    return this.servos.flatMap(({ id }, i) => (i === this.recovering ? [] : [id]));
  }

  /** The servo with this index is not read until `endRecovery`; readings have its last value, and name it. */
  beginRecovery(index: number): void {
    const servo = this.servos[index]!;
    this.recovering = index;
    servo.miss = null;
    servo.statusReads = 0;
  }

  /** There is no reading until the servo has given a value. It may have been moved. */
  endRecovery(nowNs: number): void {
    if (this.recovering === null) return;
    const servo = this.servos[this.recovering]!;
    this.recovering = null;
    servo.gate.reset();
    servo.sample = null;
    servo.atNs = nowNs;
    servo.consecutiveFailures = 0;
  }

  /** IDs of the servos whose newest read gave no accepted value. */
  get missingIds(): readonly number[] {
    return this.servos.filter(({ miss }) => miss !== null).map(({ id }) => id);
  }

  /** Processes replies; true when at least one value was accepted. `driven`: the servos are armed. */
  accept(replies: readonly ServoReply[], nowNs: number, driven: boolean): boolean {
    let anyAccepted = false;
    for (const reply of replies) {
      const index = this.servos.findIndex(({ id }) => id === reply.id);
      const servo = this.servos[index];
      if (servo !== undefined && index !== this.recovering && this.acceptOne(servo, reply, nowNs, driven))
        anyAccepted = true;
    }
    return anyAccepted;
  }

  /** Arrival of the newest accepted reply. */
  get newestArrivalNs(): number {
    return this.newestNs;
  }

  /** The reading of the newest accepted values, or null while a servo has none. Its age is that of its oldest value. */
  reading(sequence: number): Reading | null {
    const { robot, maps } = this.options;
    const samples = this.servos.flatMap(({ sample }) => (sample === null ? [] : [sample]));
    if (samples.length < this.servos.length) return null;
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
      arrivalNs: Math.min(...this.servos.flatMap(({ atNs }, i) => (i === this.recovering ? [] : [atNs]))),
      deviceTimeS: this.newestNs / NS_PER_S,
      positions: values(({ positionSteps }, i) => maps[i]!.position(positionSteps)),
      velocities: values(({ turnsPerS }, i) => turnsPerS * maps[i]!.perTurn),
      // No register measures N m: load and current are not a torque without the motor's torque constant.
      efforts: new Float64Array(samples.length),
      sensors,
      health: this.servos.map(jointHealth),
      ...(this.recovering === null ? {} : { recovering: [this.recovering] }),
    };
  }

  /** The reads of each servo, in joint order. */
  readStates(): readonly ServoReadState[] {
    return this.servos.map(({ id, atNs, miss, consecutiveFailures, sample }) => ({
      ...{ id, atNs, miss, consecutiveFailures },
      supplyV: sample?.supplyV ?? null,
    }));
  }

  /** The newest accepted sample of each servo in joint order, or null. */
  samples(): readonly (ServoSample | null)[] {
    return this.servos.map(({ sample }) => sample);
  }

  /** The servo that reports a fault in two consecutive reads, or null. */
  faultedServo(): ServoFaultStatus | null {
    const index = this.servos.findIndex(({ statusReads }) => statusReads >= FAULT_CONFIRMATIONS);
    return index < 0 ? null : { index, statusBits: this.servos[index]!.statusBits };
  }

  /** In joint order. */
  health(): readonly ServoHealth[] {
    return this.servos.map((servo) => ({ id: servo.id, ...jointHealth(servo) }));
  }

  private acceptOne(servo: TrackedServo, reply: ServoReply, nowNs: number, driven: boolean): boolean {
    if (reply.kind === 'failed') {
      return recordFailure(servo, { code: reply.code, detail: reply.detail });
    }
    servo.statusReads = reply.statusBits === 0 ? 0 : servo.statusReads + 1;
    servo.statusBits = reply.statusBits;
    const arrivalNs = reply.arrivalNs ?? nowNs;
    const sample = this.options.protocol.parseState(reply.data, servo.modelNumber);
    if (!servo.gate.accept(sample, arrivalNs, driven)) {
      this.options.counters.of(servo.id).implausible++;
      return recordFailure(servo, {
        code: 'E_READING_IMPLAUSIBLE',
        detail: `servo ${servo.id}: implausible position ${sample.positionSteps}`,
      });
    }
    servo.sample = sample;
    servo.atNs = arrivalNs;
    servo.miss = null;
    servo.consecutiveFailures = 0;
    this.newestNs = Math.max(this.newestNs, arrivalNs);
    return true;
  }
}

function jointHealth({ sample }: TrackedServo): JointHealth {
  if (sample === null) return { temperatureC: null, supplyV: null, load: null };
  const { temperatureC, supplyV, load } = sample;
  return { temperatureC, supplyV, load };
}

function recordFailure(servo: TrackedServo, miss: ReadFailure): false {
  servo.miss = miss;
  servo.consecutiveFailures++;
  return false;
}
