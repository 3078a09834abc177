import { createFeetechServoBus, type FeetechServoBehavior } from '../../src/virtual/feetech/index.ts';
import type { ShaftDrive, ShaftState, VirtualServoBus, VirtualServoSpec } from '../../src/virtual/port.ts';
import {
  encodeFeetechInstruction,
  type FeetechInstruction,
  type FeetechPacket,
  FeetechPacketDecoder,
  STS3215_REGISTERS,
  type Sts3215RegisterName,
} from '../../src/wire/feetech/index.ts';
import { readRegister, registerBytes } from '../../src/wire/registers.ts';

export const MEGABAUD = 1_000_000;

/** A servo with factory settings whose horn is at step 2048. */
export function servoSpec(id: number, more: Partial<VirtualServoSpec> = {}): VirtualServoSpec {
  return {
    id,
    modelNumber: 777,
    baudRate: MEGABAUD,
    registers: {},
    calibrated: null,
    stiffnessPerTurn: 20,
    dampingPerTurnPerS: 0.5,
    shaft: { turns: 0.5, turnsPerS: 0 },
    ...more,
  };
}

/** Servos without joints, with a simulated clock and the requests of a master. */
export class FeetechBench {
  readonly bus: VirtualServoBus;
  /** Positions at which the horns are held. */
  readonly shafts: ShaftState[];
  nowNs = 0;
  drives: readonly ShaftDrive[] = [];

  constructor(specs: readonly VirtualServoSpec[], behavior?: FeetechServoBehavior) {
    this.bus = createFeetechServoBus({ servos: specs, nowNs: 0 }, behavior);
    this.shafts = specs.map(({ shaft }) => shaft);
    this.run(1);
  }

  /** The replies, each complete and with a valid checksum. */
  ask(instruction: FeetechInstruction, baudRate = MEGABAUD): readonly FeetechPacket[] {
    return this.hear(encodeFeetechInstruction(instruction), baudRate);
  }

  hear(bytes: Uint8Array, baudRate = MEGABAUD): readonly FeetechPacket[] {
    const decoder = new FeetechPacketDecoder();
    this.nowNs += 5e6;
    const packets: FeetechPacket[] = [];
    for (const reply of this.bus.receive(bytes, this.nowNs, baudRate)) {
      decoder.append(reply.bytes);
      for (let packet = decoder.next(); packet !== null; packet = decoder.next()) packets.push(packet);
    }
    return packets;
  }

  read(id: number, name: Sts3215RegisterName): number {
    const { address, size } = STS3215_REGISTERS[name];
    const [packet] = this.ask({ kind: 'read', id, address, length: size });
    if (packet === undefined) throw new Error(`servo ${id} does not answer`);
    return readRegister(STS3215_REGISTERS[name], packet.parameters);
  }

  /** The error byte of the reply, or null without one. */
  write(id: number, name: Sts3215RegisterName, value: number): number | null {
    const register = STS3215_REGISTERS[name];
    const [packet] = this.ask({ kind: 'write', id, address: register.address, data: registerBytes(register, value) });
    return packet?.code ?? null;
  }

  /** Runs the control loops of the servos with the horns at `shafts`. */
  run(ms: number): void {
    for (let i = 0; i < ms; i++) {
      this.nowNs += 1e6;
      this.drives = this.bus.step(this.shafts, this.nowNs);
    }
  }

  /** The present output of servo `index` as a fraction of its stall torque; null without drive. */
  part(index = 0): number | null {
    const drive = this.drives[index];
    return drive?.kind === 'torque' ? drive.fraction : null;
  }
}
