import { SoftqdError } from '../base/errors.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';
import type { ShaftDrive, ShaftState, VirtualServoSpec } from './port.ts';

const FACTORY_ID = 1;
const FACTORY_BAUD_RATE = { feetech: 1_000_000, dynamixel: 57_600 } as const;
/** The horn of a second servo is at another position, so its replies differ. */
const DUPLICATE_SHAFT_OFFSET_TURNS = 0.19;
const TORQUE_OFF: ShaftDrive = { kind: 'torque-off' };

/** Joint and id of one servo on the bus. */
interface BusSlot {
  readonly joint: number;
  readonly id: number;
}

/**
 * The initial servos of a virtual bus in joint order: all servos of the robot, or one with factory settings.
 * Throws E_USAGE for an unknown joint or a robot without servos.
 */
export function busServos(robot: RobotSpec, factoryServo: string | null): readonly BusSlot[] {
  const servos = robot.servoBus?.servos ?? [];
  if (factoryServo === null) return servos.map(({ id }, joint) => ({ joint, id }));
  if (servos.length === 0) throw new SoftqdError('E_USAGE', `--factory-servo: robot ${robot.name} has no servo bus`);
  const joint = robot.joints.findIndex(({ name }) => name === factoryServo);
  if (joint >= 0) return [{ joint, id: FACTORY_ID }];
  const names = robot.joints.map(({ name }) => name).join(', ');
  throw new SoftqdError('E_USAGE', `--factory-servo ${factoryServo}: robot ${robot.name} has no such joint`, {
    hint: `Its joints: ${names}.`,
    values: { robot: robot.name, joint: factoryServo },
  });
}

export interface ConnectedServosOptions {
  readonly robot: RobotSpec;
  /** The joint whose servo is the only one, with factory settings; null: all servos, with their IDs. */
  readonly factoryServo: string | null;
  /** Indexes of the servos that have a second servo with the same ID; those come after the others on the bus. */
  readonly duplicates: readonly number[];
}

/** The servos on a virtual bus and the joint that each of them turns. A second servo with the same ID turns none. */
export class ConnectedServos {
  readonly baudRate: number;
  private readonly places: readonly BusSlot[];
  private readonly duplicates: readonly number[];
  private readonly factoryServo: boolean;
  private readonly jointCount: number;

  constructor({ robot, factoryServo, duplicates }: ConnectedServosOptions) {
    const { protocol, baudRate } = robot.servoBus!;
    this.places = busServos(robot, factoryServo);
    this.duplicates = duplicates;
    this.factoryServo = factoryServo !== null;
    this.jointCount = robot.joints.length;
    this.baudRate = this.factoryServo ? FACTORY_BAUD_RATE[protocol] : baudRate;
  }

  /** Selects the values of the servos on the bus from those of all joints. */
  specs(all: readonly VirtualServoSpec[]): readonly VirtualServoSpec[] {
    const shafts = this.shafts(all.map(({ shaft }) => shaft));
    const own = this.places.map(({ joint, id }) => {
      const calibrated = this.factoryServo ? null : all[joint]!.calibrated;
      return { ...all[joint]!, id, baudRate: this.baudRate, calibrated };
    });
    return [...own, ...this.duplicates.map((index) => own[index]!)].map((spec, i) => ({ ...spec, shaft: shafts[i]! }));
  }

  /** Positions of their horns. */
  shafts(all: readonly ShaftState[]): readonly ShaftState[] {
    const own = this.places.map(({ joint }) => all[joint]!);
    const beside = this.duplicates.map((index) => ({
      turns: (own[index]!.turns + DUPLICATE_SHAFT_OFFSET_TURNS) % 1,
      turnsPerS: 0,
    }));
    return [...own, ...beside];
  }

  /** What drives each joint. */
  drives(drives: readonly ShaftDrive[]): readonly ShaftDrive[] {
    const all: ShaftDrive[] = Array.from({ length: this.jointCount }, () => TORQUE_OFF);
    for (const [index, { joint }] of this.places.entries()) all[joint] = drives[index]!;
    return all;
  }

  /** Joint of a servo. */
  jointOf(index: number): number {
    return this.places[index]?.joint ?? index;
  }

  /** Indexes on the bus of the second servos with the ID of this one. */
  duplicatesOf(index: number): readonly number[] {
    return this.duplicates.flatMap((of, i) => (of === index ? [this.places.length + i] : []));
  }
}
