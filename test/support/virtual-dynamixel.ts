import type { ShaftState, VirtualReply, VirtualServoBus, VirtualServoSpec } from '../../src/virtual/port.ts';
import { createDynamixelServoBus } from '../../src/virtual/dynamixel/index.ts';
import {
  DYNAMIXEL_STATUS,
  DynamixelPacketDecoder,
  encodeDynamixelInstruction,
  X_SERIES_REGISTERS,
} from '../../src/wire/dynamixel/index.ts';
import type { DynamixelInstruction, XSeriesRegisterName } from '../../src/wire/dynamixel/index.ts';
import { readRegister, registerBytes } from '../../src/wire/registers.ts';

export interface Answer {
  readonly id: number;
  readonly error: number;
  readonly data: Uint8Array;
}

export const XL430 = 1060;
export const XL330 = 1200;

const BAUD_RATE = 1_000_000;

export function servoSpec(id: number, overrides: Partial<VirtualServoSpec> = {}): VirtualServoSpec {
  return {
    id,
    modelNumber: XL430,
    baudRate: BAUD_RATE,
    registers: {},
    calibrated: null,
    stiffnessPerTurn: 0,
    dampingPerTurnPerS: 0,
    shaft: { turns: 0.5, turnsPerS: 0 },
    ...overrides,
  };
}

/** A master of a bus of virtual servos with a simulated clock and shafts of light motors. */
export class VirtualDynamixelRig {
  readonly bus: VirtualServoBus;
  shafts: ShaftState[];
  nowNs = 1e9;
  baudRate = BAUD_RATE;
  /** Turns per second of a free shaft under full torque. */
  private readonly noLoad = 1;

  constructor(specs: readonly VirtualServoSpec[]) {
    this.shafts = specs.map(({ shaft }) => shaft);
    this.bus = createDynamixelServoBus({ servos: specs, nowNs: this.nowNs });
  }

  /** The replies to these bytes, undecoded. */
  replies(bytes: Uint8Array): readonly VirtualReply[] {
    this.nowNs += 1e5;
    return this.bus.receive(bytes, this.nowNs, this.baudRate);
  }

  ask(instruction: DynamixelInstruction): Answer[] {
    return answersOf(this.replies(encodeDynamixelInstruction(instruction)));
  }

  /** The number in a register; throws when the servo does not reply with one. */
  read(id: number, name: XSeriesRegisterName): number {
    const register = X_SERIES_REGISTERS[name];
    const [answer] = this.ask({ kind: 'read', id, address: register.address, length: register.size });
    if (answer === undefined || (answer.error & 0x7f) !== 0) throw new Error(`${name}: ${JSON.stringify(answer)}`);
    return readRegister(register, answer.data);
  }

  /** The error byte of the reply; null without one. */
  write(id: number, name: XSeriesRegisterName, value: number): number | null {
    const register = X_SERIES_REGISTERS[name];
    const data = registerBytes(register, value);
    return this.ask({ kind: 'write', id, address: register.address, data })[0]?.error ?? null;
  }

  /** Advances time by milliseconds; the servos move the shafts. */
  run(milliseconds: number): void {
    for (let i = 0; i < milliseconds; i++) {
      this.nowNs += 1e6;
      const drives = this.bus.step(this.shafts, this.nowNs);
      this.shafts = this.shafts.map(({ turns, turnsPerS }, index) => {
        const drive = drives[index]!;
        const wanted = drive.kind === 'torque' ? drive.fraction * this.noLoad : 0;
        const speed = turnsPerS + (wanted - turnsPerS) * 0.2;
        return { turns: turns + speed * 1e-3, turnsPerS: speed };
      });
    }
  }
}

export function answersOf(replies: readonly VirtualReply[]): Answer[] {
  const decoder = new DynamixelPacketDecoder();
  const answers: Answer[] = [];
  for (const { bytes } of replies) {
    decoder.append(bytes);
    for (let packet = decoder.next(); packet !== null; packet = decoder.next())
      if (packet.instruction === DYNAMIXEL_STATUS)
        answers.push({ id: packet.id, error: packet.parameters[0]!, data: packet.parameters.subarray(1) });
  }
  return answers;
}
