import type { ServoBusSpec, ServoSpec } from './servo-bus-spec.ts';
import { StrictObject } from './strict-object.ts';

type Location = ConstructorParameters<typeof StrictObject>[2];

const MAX_ID = 252;
const MAX_REGISTER_VALUE = 2 ** 32 - 1;
const MAX_REGISTERS = 64;

/** The `servoBus` object of a robot file: one servo per joint, IDs distinct. Throws E_ROBOT_FILE. */
export function parseServoBus(json: unknown, place: Location, joints: number): ServoBusSpec {
  const bus = new StrictObject(json, ['protocol', 'baudRate', 'servos'], place);
  const servos = bus.list('servos', joints, joints).map(({ element, location: at }) => parseServo(element, at));
  const ids = new Set(servos.map(({ id }) => id));
  if (ids.size !== servos.length) throw bus.error('duplicate servo ID', 'servos');
  return {
    protocol: bus.choice('protocol', ['feetech', 'dynamixel']),
    baudRate: bus.integer('baudRate', 9600, 4_500_000),
    servos,
  };
}

function parseServo(json: unknown, place: Location): ServoSpec {
  const servo = new StrictObject(json, ['id', 'modelNumber', 'direction', 'travelPerTurnRadOrM', 'registers'], place);
  const direction = servo.integer('direction', -1, 1);
  if (direction === 0) throw servo.error('is 0: must be 1 or -1', 'direction');
  return {
    id: servo.integer('id', 0, MAX_ID),
    modelNumber: servo.integer('modelNumber', 0, 65_535),
    direction: direction === 1 ? 1 : -1,
    travelPerTurnRadOrM: servo.has('travelPerTurnRadOrM')
      ? servo.number('travelPerTurnRadOrM', 1e-6, 1e3)
      : 2 * Math.PI,
    registers: servo.has('registers') ? parseRegisters(servo) : {},
  };
}

function parseRegisters(servo: StrictObject): Record<string, number> {
  const given = servo.raw('registers');
  const names = typeof given === 'object' && given !== null ? Object.keys(given) : [];
  if (names.length > MAX_REGISTERS) throw servo.error(`has more than ${MAX_REGISTERS} entries`, 'registers');
  const registers = new StrictObject(given, names, servo.location('registers'));
  return Object.fromEntries(
    names.map((name) => [name, registers.integer(name, -MAX_REGISTER_VALUE, MAX_REGISTER_VALUE)]),
  );
}
