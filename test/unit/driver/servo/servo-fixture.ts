import assert from 'node:assert/strict';
import { MonotonicClock } from '../../../../src/base/monotonic-clock.ts';
import { RecordingLogger } from '../../../../src/base/logger.ts';
import { SoftqdError } from '../../../../src/base/errors.ts';
import { connectServos, type ConnectServosOptions, type ServoDriver } from '../../../../src/driver/index.ts';
import type { Reading } from '../../../../src/robot/reading.ts';
import type { RobotSpec, StopMode } from '../../../../src/robot/robot-spec.ts';
import { unguardedForTest } from '../../../support/safe-command.ts';
import { requireAddon } from '../../../support/addon.ts';
import { SimulatedServos } from '../../../support/simulated-servos.ts';

export type Protocol = 'feetech' | 'dynamixel';
export const PROTOCOLS: readonly Protocol[] = ['feetech', 'dynamixel'];
const clock = new MonotonicClock();
/** Radians per step of a servo whose horn is the joint. */
export const STEP = (2 * Math.PI) / 4096;

/** A SoftqdError with this code whose message contains `words`. */
export function code(expected: string, ...words: readonly string[]): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof SoftqdError, String(error));
    assert.equal(error.code, expected, error.message);
    for (const word of words) assert.ok(error.message.includes(word), `${error.message} does not contain ${word}`);
    return true;
  };
}

/** Three joints on three servos with IDs 1, 2, 3; the direction of the last one is -1. */
export function testRobot(
  protocol: Protocol,
  options: { readonly stopModes?: readonly StopMode[]; readonly registers?: Record<string, number> } = {},
): RobotSpec {
  const stopModes = options.stopModes ?? ['hold', 'hold', 'hold'];
  return {
    name: 'three',
    title: 'three servos',
    kind: 'hardware',
    joints: ['base', 'arm', 'hand'].map((name, i) => ({
      name,
      kind: 'revolute',
      commandMode: 'position',
      limits: {
        minPositionRadOrM: -1,
        maxPositionRadOrM: 1,
        maxVelocityRadOrMPerS: 5,
        maxAccelerationRadOrMPerS2: 50,
        maxEffortNmOrN: 1,
      },
      stopMode: stopModes[i]!,
    })),
    sensors: [],
    controlPeriodS: 0.02,
    readingMaxAgeS: 0.1,
    servoBus: {
      protocol,
      baudRate: 1_000_000,
      servos: [1, 2, 3].map((id) => ({
        id,
        modelNumber: protocol === 'feetech' ? 777 : 1200,
        direction: id === 3 ? -1 : 1,
        travelPerTurnRadOrM: 2 * Math.PI,
        registers: options.registers ?? {},
      })),
    },
  };
}

/** A peer with the test robot's servos, calibrated and configured. */
export function testPeer(protocol: Protocol): SimulatedServos {
  const peer = new SimulatedServos(protocol, [1, 2, 3]);
  for (const id of [1, 2, 3]) {
    peer.set(id, 'minimumPosition', 1396);
    peer.set(id, 'maximumPosition', 2700);
    peer.set(id, 'homingOffset', 10 * id);
    peer.set(id, 'returnDelay', 0);
    if (protocol === 'feetech') peer.set(id, 'responseLevel', 1);
    else {
      peer.set(id, 'statusReturnLevel', 2);
      peer.set(id, 'pwmLimit', 885);
      peer.set(id, 'goalPwm', 885);
    }
  }
  return peer;
}

/** In a `describe`: a fixture that is new before each test and stopped after it. */
export function servoFixture(protocol: Protocol): ServoFixture {
  const fixture = new ServoFixture(protocol);
  before(function () {
    requireAddon(this);
  });
  beforeEach(() => fixture.start());
  afterEach(() => fixture.stop());
  return fixture;
}

/** A driver on a peer, and its readings and faults. */
export class ServoFixture {
  readonly protocol: Protocol;
  peer!: SimulatedServos;
  logger = new RecordingLogger();
  driver!: ServoDriver;
  private commandTimer: NodeJS.Timeout | undefined;
  readings: Reading[] = [];
  errors: SoftqdError[] = [];

  constructor(protocol: Protocol) {
    this.protocol = protocol;
  }

  start(): void {
    this.peer = testPeer(this.protocol);
    this.logger = new RecordingLogger();
    this.readings = [];
    this.errors = [];
  }

  options(over: Partial<ConnectServosOptions> = {}): ConnectServosOptions {
    return {
      protocol: this.protocol,
      address: this.peer.path,
      robot: testRobot(this.protocol),
      calibration: null,
      controlPeriodS: 0.02,
      // A loaded machine may pause for a while; tests of the timeout set their own.
      commandTimeoutMs: 2000,
      clock,
      logger: this.logger,
      ...over,
    };
  }

  async connect(over: Partial<ConnectServosOptions> = {}): Promise<ServoDriver> {
    const { driver } = await connectServos(this.options(over));
    this.driver = driver;
    const { readings, errors } = this;
    driver.readings$.subscribe({
      next: (event) => (event.kind === 'reading' ? readings.push(event.reading) : errors.push(event.error)),
      error: (error: unknown) => errors.push(error as SoftqdError),
    });
    return driver;
  }

  /** The next reading. */
  async reading(): Promise<Reading> {
    const { length } = this.readings;
    await until(() => this.readings.length > length);
    return this.readings.at(-1)!;
  }

  async error(): Promise<SoftqdError> {
    await until(() => this.errors.length > 0);
    return this.errors[0]!;
  }

  /** Sends a command every 20 ms, as a control loop does, until `stop`. */
  drive(targets: readonly number[] = [0, 0, 0]): void {
    let sequence = 0;
    this.commandTimer = setInterval(() => this.driver.apply(unguardedForTest(sequence++, targets)), 20);
  }

  /** Lost replies of all servos. */
  lost(): number {
    return [...this.driver.counters.servos.values()].reduce((sum, { lost }) => sum + lost, 0);
  }

  async stop(): Promise<void> {
    clearInterval(this.commandTimer);
    await (this.driver as ServoDriver | undefined)?.close();
    this.peer.close();
  }
}

/** Resolves when `condition` holds; the timeout of the test is the limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
