import type { Clock } from '../base/clock.ts';
import { XoshiroRandom } from '../base/random.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import { BoardLine } from './board-transport.ts';
import { createVirtualBridge } from './bridge/index.ts';
import { createDynamixelServoBus } from './dynamixel/index.ts';
import { FaultLine } from './byte-faults.ts';
import type { Fault, LineFault } from './fault-spec.ts';
import { createFeetechServoBus } from './feetech/index.ts';
import type { Hand } from './hand-guide.ts';
import type { LineOptions, VirtualLine } from './transport.ts';
import { ConnectedServos, servoPlaces } from './connected-servos.ts';
import type { Mechanics } from './mechanics.ts';
import { type FaultTargets, planFaults } from './scheduled-faults.ts';
import { type Drive, Plant } from './plant.ts';
import type { JointState } from './port.ts';
import { ServoLine } from './servo-transport.ts';
import { ServoShafts } from './servo-shafts.ts';
import type { TruthLog } from './ground-truth-log.ts';

/** Supply of a healthy robot. */
const NOMINAL_VOLTS = { feetech: 7.4, dynamixel: 12, bridge: 12 } as const;
/** Of a board's motors at rest. */
const NOMINAL_CELSIUS = 30;
/** Of a board; its robot file states none. */
const BOARD_BAUD_RATE = 921_600;
/** How often a servo bus's body moves on by itself; a request moves it on at once. */
const SERVO_TICK_NS = 2e6;
const RADIANS_PER_STEP = (2 * Math.PI) / 4096;

export interface DeviceParts {
  readonly robot: RobotSpec;
  readonly protocol: 'feetech' | 'dynamixel' | 'bridge';
  readonly faults: readonly Fault[];
  readonly seed: number;
  readonly calibrated: boolean;
  /** The joint whose servo is the only one, as it comes from its box; null: all servos, numbered. */
  readonly fresh?: string | null;
  readonly mechanics: Mechanics;
  readonly clock: Clock;
  readonly truth: TruthLog | null;
  /** null: nobody touches the joints. */
  readonly hand?: Hand | null;
  /** The plug is pulled, or put in again. */
  readonly unplug: (unplugged: boolean) => void;
}

/** Everything behind the port, without the port. */
export interface BuiltDevice {
  readonly line: VirtualLine;
  readonly baudRate: number;
  readonly tickNs: number;
  tick(nowNs: number): void;
  /** Ends what runs for it outside of this process. */
  close(): void;
}

/** What differs between servos and a board. */
interface Machine extends Omit<FaultTargets, 'stuck' | 'unplug' | 'twin'> {
  twin?(index: number, connected: boolean): void;
  /** Joint of a servo. */
  jointOf(index: number): number;
  readonly drive: Drive;
  readonly baudRate: number;
  line(options: LineOptions): VirtualLine;
  close(): void;
}

/** Puts servos (or a board), body, faults and line together; nothing runs until `tick` or bytes come. */
export function buildDevice(parts: DeviceParts): BuiltDevice {
  const { robot, protocol, faults, clock, mechanics, truth } = parts;
  const random = new XoshiroRandom(parts.seed);
  const startNs = clock.nowNs();
  const machine = protocol === 'bridge' ? boardMachine(parts) : servoMachine(parts, protocol, startNs);
  const targets: FaultTargets = {
    dead: (index, dead) => machine.dead(index, dead),
    stuck: (index, stuck) => mechanics.jam(machine.jointOf(index), stuck),
    twin: (index, connected) => machine.twin?.(index, connected),
    reboot: (index, nowNs) => machine.reboot(index, nowNs),
    overload: (index) => machine.overload(index),
    noise: (steps) => machine.noise(steps),
    supply: (volts) => machine.supply(volts),
    emergency: (pressed) => machine.emergency?.(pressed),
    temperature: (celsius) => machine.temperature?.(celsius),
    unplug: parts.unplug,
  };
  const ids =
    protocol === 'bridge'
      ? robot.joints.map((_, i) => i + 1)
      : servoPlaces(robot, parts.fresh ?? null).map(({ id }) => id);
  const planned = planFaults(faults, targets, { startNs, ids });
  const plant = new Plant({
    mechanics,
    drive: machine.drive,
    hand: parts.hand ?? null,
    planned,
    truth,
    nowNs: startNs,
  });
  truth?.write('start', startNs, {
    robot: robot.name,
    protocol,
    seed: parts.seed,
    joints: robot.joints.map(({ name }) => name),
    ids,
    physicsStepS: mechanics.stepS,
  });
  const byteFaults = lineFaults(faults);
  const line = machine.line({
    clock,
    startNs,
    truth,
    advance: (nowNs) => plant.advance(nowNs),
    // Cutting and delaying happens on the way back: it is the adapter that does so.
    toRobot: new FaultLine(
      byteFaults.filter(({ kind }) => kind !== 'truncate' && kind !== 'delay'),
      random.fork('to robot'),
    ),
    toProgram: new FaultLine(byteFaults, random.fork('to program')),
  });
  return {
    line,
    baudRate: machine.baudRate,
    tickNs: protocol === 'bridge' ? plant.stepNs : plant.stepNs * Math.ceil(SERVO_TICK_NS / plant.stepNs),
    tick: (nowNs) => {
      plant.advance(nowNs);
      line.poll();
    },
    close: () => machine.close(),
  };
}

function lineFaults(faults: readonly Fault[]): readonly LineFault[] {
  return faults.filter((fault): fault is LineFault => 'probability' in fault);
}

function servoMachine(parts: DeviceParts, protocol: 'feetech' | 'dynamixel', nowNs: number): Machine {
  const { robot, mechanics, calibrated, faults, fresh = null } = parts;
  const random = new XoshiroRandom(parts.seed);
  const twins = faults.flatMap((fault) => (fault.kind === 'twin' ? [fault.index] : []));
  const connected = new ConnectedServos({ robot, fresh, twins });
  const { baudRate } = connected;
  const shafts = new ServoShafts(robot, mechanics, { calibrated, random: random.fork('shafts') });
  const create = protocol === 'feetech' ? createFeetechServoBus : createDynamixelServoBus;
  const bus = create({ servos: connected.specs(shafts.specs(baudRate)), nowNs });
  const twin = (index: number, there: boolean): void => {
    for (const second of connected.twinsOf(index)) bus.setDead(second, !there);
  };
  for (const index of twins) twin(index, false);
  return {
    baudRate,
    jointOf: (index) => connected.jointOf(index),
    drive: (stepNs) => shafts.drives(connected.drives(bus.step(connected.shafts(shafts.shafts()), stepNs))),
    line: (options) =>
      new ServoLine(bus, {
        ...options,
        wrongIds: lineFaults(faults).filter(({ kind }) => kind === 'wrong-id'),
        random: random.fork('wrong-id'),
      }),
    twin,
    dead: (index, dead) => bus.setDead(index, dead),
    reboot: (index, atNs) => bus.brownOut(index, atNs),
    overload: (index) => bus.overload(index),
    supply: (volts) => bus.setSupplyVolts(volts ?? NOMINAL_VOLTS[protocol]),
    noise: (steps) => {
      shafts.noiseSteps = steps;
    },
    close: () => undefined,
  };
}

function boardMachine(parts: DeviceParts): Machine {
  const { robot, mechanics } = parts;
  const random = new XoshiroRandom(parts.seed).fork('noise');
  const board = createVirtualBridge(robot);
  const limp = new Set<number>();
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
    drive: (stepNs) => board.step(joints(), stepNs).map((drive, i) => (limp.has(i) ? { kind: 'limp' } : drive)),
    line: (options) => new BoardLine(board, BOARD_BAUD_RATE, options),
    // A dead motor: the board still speaks, the joint no longer moves by itself.
    dead: (index, dead) => {
      if (dead) limp.add(index);
      else limp.delete(index);
    },
    reboot: (_index, atNs) => board.brownOut(atNs),
    overload: (index) => board.overload(index),
    supply: (volts) => board.setSupplyVolts(volts ?? NOMINAL_VOLTS.bridge),
    emergency: (pressed) => board.setEmergencyStop(pressed),
    temperature: (celsius) => board.setTemperature(celsius ?? NOMINAL_CELSIUS),
    noise: (steps) => {
      noiseSteps = steps;
    },
    close: () => board.close(),
  };
}
