import type { Clock } from '../base/clock.ts';
import { XoshiroRandom } from '../base/random.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import { BoardTransport } from './board-transport.ts';
import { createVirtualBridge } from './bridge/index.ts';
import { createDynamixelServoBus } from './dynamixel/index.ts';
import { ByteFaultInjector } from './byte-faults.ts';
import type { Fault, TransportFault } from './fault-spec.ts';
import { createFeetechServoBus } from './feetech/index.ts';
import type { HandGuide } from './hand-guide.ts';
import type { TransportOptions, VirtualTransport } from './transport.ts';
import { ConnectedServos, busServos } from './connected-servos.ts';
import type { Mechanics } from './mechanics.ts';
import { type FaultTargets, scheduleFaults } from './scheduled-faults.ts';
import { type Drive, Plant } from './plant.ts';
import type { JointState } from './port.ts';
import { ServoTransport } from './servo-transport.ts';
import { ServoShafts } from './servo-shafts.ts';
import type { GroundTruthLog } from './ground-truth-log.ts';

/** Nominal supply voltage. */
const NOMINAL_VOLTS = { feetech: 7.4, dynamixel: 12, bridge: 12 } as const;
/** Temperature of the motors of a board at rest. */
const NOMINAL_CELSIUS = 30;
/** Of a board, which has no baud rate in the robot file. */
const BOARD_BAUD_RATE = 921_600;
/** Simulation period of a servo bus; a request also advances the simulation. */
const SERVO_TICK_NS = 2e6;
const RADIANS_PER_STEP = (2 * Math.PI) / 4096;

export interface DeviceOptions {
  readonly robot: RobotSpec;
  readonly protocol: 'feetech' | 'dynamixel' | 'bridge';
  readonly faults: readonly Fault[];
  readonly seed: number;
  readonly calibrated: boolean;
  /** The joint whose servo is the only one, with factory settings; null: all servos, with their IDs. */
  readonly factoryServo?: string | null;
  readonly mechanics: Mechanics;
  readonly clock: Clock;
  readonly groundTruth: GroundTruthLog | null;
  /** null: no hand guiding. */
  readonly hand?: HandGuide | null;
  /** The adapter is unplugged or plugged in again. */
  readonly unplug: (unplugged: boolean) => void;
}

/** The virtual device without its port. */
export interface BuiltDevice {
  readonly transport: VirtualTransport;
  readonly baudRate: number;
  readonly tickNs: number;
  tick(nowNs: number): void;
  /** Ends its child processes. */
  close(): void;
}

/** The parts that differ between servos and a board. */
interface DeviceBackend extends Omit<FaultTargets, 'stuck' | 'unplug' | 'duplicateId'> {
  duplicateId?(index: number, connected: boolean): void;
  /** Joint of a servo. */
  jointOf(index: number): number;
  readonly drive: Drive;
  readonly baudRate: number;
  transport(options: TransportOptions): VirtualTransport;
  close(): void;
}

/** Builds servos (or a board), mechanics, faults and transport. Nothing runs until `tick` is called or bytes arrive. */
export function buildDevice(options: DeviceOptions): BuiltDevice {
  const { robot, protocol, faults, clock, mechanics, groundTruth } = options;
  const random = new XoshiroRandom(options.seed);
  const startNs = clock.nowNs();
  const machine = protocol === 'bridge' ? boardMachine(options) : servoMachine(options, protocol, startNs);
  const ids =
    protocol === 'bridge'
      ? robot.joints.map((_, i) => i + 1)
      : busServos(robot, options.factoryServo ?? null).map(({ id }) => id);
  const planned = scheduleFaults(faults, faultTargets(machine, options), { startNs, ids });
  const plant = new Plant({
    mechanics,
    drive: machine.drive,
    hand: options.hand ?? null,
    planned,
    groundTruth,
    nowNs: startNs,
  });
  groundTruth?.write('start', startNs, {
    robot: robot.name,
    protocol,
    seed: options.seed,
    joints: robot.joints.map(({ name }) => name),
    ids,
    physicsStepS: mechanics.stepS,
  });
  const byteFaults = transportFaults(faults);
  const transport = machine.transport({
    clock,
    startNs,
    groundTruth,
    advance: (nowNs) => plant.advance(nowNs),
    // The adapter truncates and delays, so these faults apply to replies only.
    toDevice: new ByteFaultInjector(
      byteFaults.filter(({ kind }) => kind !== 'truncate' && kind !== 'delay'),
      random.fork('to robot'),
    ),
    toHost: new ByteFaultInjector(byteFaults, random.fork('to program')),
  });
  return {
    transport,
    baudRate: machine.baudRate,
    tickNs: protocol === 'bridge' ? plant.stepNs : plant.stepNs * Math.ceil(SERVO_TICK_NS / plant.stepNs),
    tick: (nowNs) => {
      plant.advance(nowNs);
      transport.poll();
    },
    close: () => machine.close(),
  };
}

function faultTargets(machine: DeviceBackend, { mechanics, unplug }: DeviceOptions): FaultTargets {
  return {
    dead: (index, dead) => machine.dead(index, dead),
    stuck: (index, stuck) => mechanics.setStuck(machine.jointOf(index), stuck),
    duplicateId: (index, connected) => machine.duplicateId?.(index, connected),
    reboot: (index, nowNs) => machine.reboot(index, nowNs),
    overload: (index) => machine.overload(index),
    noise: (steps) => machine.noise(steps),
    supply: (volts) => machine.supply(volts),
    eStop: (pressed) => machine.eStop?.(pressed),
    temperature: (celsius) => machine.temperature?.(celsius),
    motorTemperature: (index, celsius) => machine.motorTemperature?.(index, celsius),
    load: (index, fraction) => machine.load?.(index, fraction),
    unplug,
  };
}

function transportFaults(faults: readonly Fault[]): readonly TransportFault[] {
  return faults.filter((fault): fault is TransportFault => 'probability' in fault);
}

function servoMachine(options: DeviceOptions, protocol: 'feetech' | 'dynamixel', nowNs: number): DeviceBackend {
  const { robot, mechanics, calibrated, faults, factoryServo = null } = options;
  const random = new XoshiroRandom(options.seed);
  const duplicates = faults.flatMap((fault) => (fault.kind === 'duplicate-id' ? [fault.index] : []));
  const connected = new ConnectedServos({ robot, factoryServo, duplicates });
  const { baudRate } = connected;
  const shafts = new ServoShafts(robot, mechanics, { calibrated, random: random.fork('shafts') });
  const create = protocol === 'feetech' ? createFeetechServoBus : createDynamixelServoBus;
  const bus = create({ servos: connected.specs(shafts.specs(baudRate)), nowNs });
  const duplicateId = (index: number, there: boolean): void => {
    for (const second of connected.duplicatesOf(index)) bus.setUnresponsive(second, !there);
  };
  for (const index of duplicates) duplicateId(index, false);
  return {
    baudRate,
    jointOf: (index) => connected.jointOf(index),
    drive: (stepNs) => shafts.drives(connected.drives(bus.step(connected.shafts(shafts.shafts()), stepNs))),
    transport: (options) =>
      new ServoTransport(bus, {
        ...options,
        wrongIds: transportFaults(faults).filter(({ kind }) => kind === 'wrong-id'),
        random: random.fork('wrong-id'),
      }),
    duplicateId,
    dead: (index, dead) => bus.setUnresponsive(index, dead),
    reboot: (index, atNs) => bus.brownOut(index, atNs),
    overload: (index) => bus.overload(index),
    supply: (volts) => bus.setSupplyVolts(volts ?? NOMINAL_VOLTS[protocol]),
    motorTemperature: (index, celsius) => bus.setTemperature(index, celsius),
    load: (index, fraction) => bus.setLoad(index, fraction),
    noise: (steps) => {
      shafts.noiseSteps = steps;
    },
    close: () => undefined,
  };
}

function boardMachine(options: DeviceOptions): DeviceBackend {
  const { robot, mechanics } = options;
  const random = new XoshiroRandom(options.seed).fork('noise');
  const board = createVirtualBridge(robot);
  const torqueOff = new Set<number>();
  let noiseSteps = 0;
  const joints = (): readonly JointState[] =>
    Array.from(mechanics.positions, (position, i) => ({
      positionRadOrM: position + (noiseSteps === 0 ? 0 : noiseSteps * RADIANS_PER_STEP * random.normal()),
      velocityRadOrMPerS: mechanics.velocities[i]!,
      effortNmOrN: mechanics.efforts[i]!,
    }));
  return {
    baudRate: BOARD_BAUD_RATE,
    jointOf: (index) => index,
    drive: (stepNs) =>
      board.step(joints(), stepNs).map((drive, i) => (torqueOff.has(i) ? { kind: 'torque-off' } : drive)),
    transport: (options) => new BoardTransport(board, BOARD_BAUD_RATE, options),
    // A dead motor: the board still responds, but the motor has no effort.
    dead: (index, dead) => {
      if (dead) torqueOff.add(index);
      else torqueOff.delete(index);
    },
    reboot: (_index, atNs) => board.brownOut(atNs),
    overload: (index) => board.overload(index),
    supply: (volts) => board.setSupplyVolts(volts ?? NOMINAL_VOLTS.bridge),
    eStop: (pressed) => board.setEmergencyStop(pressed),
    temperature: (celsius) => board.setTemperature(celsius ?? NOMINAL_CELSIUS),
    noise: (steps) => {
      noiseSteps = steps;
    },
    close: () => board.close(),
  };
}
