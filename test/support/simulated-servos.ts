import { openPseudoTerminal } from '../../src/addon/index.ts';
import {
  dynamixelFastReplyBytes,
  DynamixelPacketDecoder,
  encodeDynamixelFastReply,
  encodeDynamixelStatus,
  parseDynamixelInstruction,
  X_SERIES_REGISTERS,
  type DynamixelInstruction,
} from '../../src/wire/dynamixel/index.ts';
import {
  encodeFeetechPacket,
  FeetechPacketDecoder,
  parseFeetechInstruction,
  STS3215_REGISTERS,
  type FeetechInstruction,
} from '../../src/wire/feetech/index.ts';
import { readRegister, writeRegister, type Register } from '../../src/wire/registers.ts';

export type PeerInstruction = FeetechInstruction | DynamixelInstruction;

/** One access of a master to a servo: registers by address, in order of arrival. */
export interface PeerWrite {
  readonly id: number;
  readonly address: number;
  readonly data: readonly number[];
  readonly sync: boolean;
}

const BROADCAST = 0xfe;

/** Servos of one bus at the other end of a pseudo-terminal: control tables without mechanics. */
export class SimulatedServos {
  readonly protocol: 'feetech' | 'dynamixel';
  readonly path: string;
  readonly registers: Readonly<Record<string, Register>>;
  readonly tables = new Map<number, Uint8Array>();
  readonly requests: PeerInstruction[] = [];
  readonly writes: PeerWrite[] = [];
  readonly dead = new Set<number>();
  /** Error byte of a servo's replies. */
  readonly status = new Map<number, number>();
  /** Echo the request first, as some adapters do. */
  echoes = false;
  /** Replaces a reply before it is sent; null sends nothing. */
  alter: (reply: Uint8Array, id: number) => Uint8Array | null = (reply) => reply;
  onRequest: (instruction: PeerInstruction) => void = () => undefined;
  private readonly terminal = openPseudoTerminal();
  private readonly feetech = new FeetechPacketDecoder();
  private readonly dynamixel = new DynamixelPacketDecoder();

  constructor(protocol: 'feetech' | 'dynamixel', ids: readonly number[]) {
    this.protocol = protocol;
    this.path = this.terminal.path;
    this.registers = protocol === 'feetech' ? STS3215_REGISTERS : X_SERIES_REGISTERS;
    for (const id of ids) {
      this.tables.set(id, new Uint8Array(256));
      const registers = protocol === 'feetech' ? FEETECH_START : DYNAMIXEL_START;
      for (const [name, value] of Object.entries({ ...registers, id })) this.set(id, name, value);
    }
    this.terminal.stream.on('data', (chunk: Buffer) => this.receive(chunk));
  }

  get(id: number, name: string): number {
    return readRegister(this.registers[name]!, this.tables.get(id)!, this.registers[name]!.address);
  }

  set(id: number, name: string, value: number): void {
    writeRegister(this.registers[name]!, value, this.tables.get(id)!, this.registers[name]!.address);
  }

  /** Writes so far as `id name=value`, a sync write with `*` behind. */
  written(): string[] {
    return this.writes.map(({ id, address, data, sync }) => {
      const register = Object.values(this.registers).find((entry) => entry.address === address)!;
      return `${id} ${register.name}=${readRegister(register, Uint8Array.from(data))}${sync ? '*' : ''}`;
    });
  }

  send(bytes: Uint8Array): void {
    this.terminal.stream.write(bytes);
  }

  /** Unplugs the adapter. */
  close(): void {
    this.terminal.close();
  }

  private receive(chunk: Uint8Array): void {
    if (this.echoes) this.send(chunk);
    if (this.protocol === 'feetech') {
      this.feetech.append(chunk);
      for (let packet = this.feetech.next(); packet !== null; packet = this.feetech.next()) {
        const instruction = parseFeetechInstruction(packet);
        if (instruction.kind !== 'unknown') this.answer(instruction);
      }
    } else {
      this.dynamixel.append(chunk);
      for (let packet = this.dynamixel.next(); packet !== null; packet = this.dynamixel.next()) {
        const instruction = parseDynamixelInstruction(packet);
        if (instruction.kind !== 'unknown') this.answer(instruction);
      }
    }
  }

  private answer(instruction: PeerInstruction): void {
    this.requests.push(instruction);
    this.onRequest(instruction);
    switch (instruction.kind) {
      case 'ping':
        for (const id of this.alive(instruction.id)) {
          const table = this.tables.get(id)!;
          this.reply(id, this.protocol === 'feetech' ? [] : [table[0]!, table[1]!, table[6]!]);
        }
        return;
      case 'read':
        for (const id of this.alive(instruction.id)) this.replySpan(id, instruction.address, instruction.length);
        return;
      case 'write':
        for (const id of this.alive(instruction.id)) {
          this.store(id, instruction.address, instruction.data, false);
          this.reply(id, []);
        }
        return;
      case 'syncWrite':
        for (const { id, data } of instruction.items)
          if (!this.dead.has(id)) this.store(id, instruction.address, data, true);
        return;
      case 'syncRead':
        for (const id of instruction.ids)
          if (this.isAlive(id)) this.replySpan(id, instruction.address, instruction.length);
        return;
      case 'fastSyncRead': {
        const blocks = instruction.ids.map((id) => ({
          id,
          error: this.status.get(id) ?? 0,
          data: this.span(id, instruction.address, instruction.length),
        }));
        // Each servo appends its block to the previous one: a dead servo ends the packet.
        const alive = instruction.ids.findIndex((id) => !this.isAlive(id));
        const lengths = blocks.slice(0, alive < 0 ? blocks.length : alive).map(({ data }) => data.length);
        if (lengths.length === 0) return;
        const reply = encodeDynamixelFastReply(blocks).subarray(0, dynamixelFastReplyBytes(lengths));
        const altered = this.alter(reply, BROADCAST);
        if (altered !== null) this.send(altered);
        return;
      }
      case 'reboot':
        for (const id of this.alive(instruction.id)) {
          this.set(id, 'torqueEnable', 0);
          this.status.delete(id);
          if (this.protocol === 'dynamixel') this.reply(id, []);
        }
        return;
      default:
        return;
    }
  }

  private alive(id: number): number[] {
    return [...this.tables.keys()].filter((key) => (id === BROADCAST || key === id) && this.isAlive(key));
  }

  private isAlive(id: number): boolean {
    return this.tables.has(id) && !this.dead.has(id);
  }

  private store(id: number, address: number, data: Uint8Array, sync: boolean): void {
    this.writes.push({ id, address, data: [...data], sync });
    this.tables.get(id)?.set(data, address);
  }

  private span(id: number, address: number, length: number): Uint8Array {
    return this.tables.get(id)!.slice(address, address + length);
  }

  private replySpan(id: number, address: number, length: number): void {
    this.reply(id, this.span(id, address, length));
  }

  private reply(id: number, data: ArrayLike<number>): void {
    const error = this.status.get(id) ?? 0;
    const bytes =
      this.protocol === 'feetech' ? encodeFeetechPacket(id, error, data) : encodeDynamixelStatus(id, error, data);
    const altered = this.alter(bytes, id);
    if (altered !== null) this.send(altered);
  }
}

const FEETECH_START = {
  firmwareMajor: 3,
  firmwareMinor: 10,
  modelNumber: 777,
  minimumPosition: 0,
  maximumPosition: 4095,
  torqueLimit: 1000,
  maximumTorque: 1000,
  lock: 1,
  presentPosition: 2048,
  presentVoltage: 120,
  presentTemperature: 30,
} as const;

const DYNAMIXEL_START = {
  modelNumber: 1200,
  firmwareVersion: 46,
  returnDelay: 250,
  operatingMode: 3,
  minimumPosition: 0,
  maximumPosition: 4095,
  presentPosition: 2048,
  presentVoltage: 50,
  presentTemperature: 30,
} as const;
