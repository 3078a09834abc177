import {
  encodeFeetechPacket,
  FEETECH_BROADCAST,
  FEETECH_MAXIMUM_PARAMETERS,
  type FeetechInstruction,
  FeetechPacketDecoder,
  type FeetechUnknown,
  parseFeetechInstruction,
} from '../../wire/feetech/index.ts';
import type { VirtualReply, VirtualServoBus, VirtualServoBusOptions } from '../port.ts';
import { collide } from '../bus-collision.ts';
import { ServosOnBus } from '../servos-on-bus.ts';
import { FeetechServo, type FeetechServoBehavior } from './servo.ts';

/** From the last byte of a request to the first of its reply, beyond the return delay. */
const PROCESSING_NS = 10_000;
/** Bytes with a longer pause between them are not one packet. */
const PACKET_GAP_NS = 2e6;
const MIDDLE = 2048;
const REAL_FIRMWARE: FeetechServoBehavior = { goalSwitchesTorqueOn: true };

/** STS3215 servos on one half-duplex bus. Unknown instructions and corrupt packets get no reply. */
export class VirtualFeetechBus extends ServosOnBus<FeetechServo> implements VirtualServoBus {
  readonly protocol = 'feetech';
  private readonly decoder = new FeetechPacketDecoder();
  private receivedNs = -Infinity;
  private receivedBaudRate = 0;

  constructor({ servos, nowNs }: VirtualServoBusOptions, behavior = REAL_FIRMWARE) {
    super(servos.map((spec) => new FeetechServo(spec, nowNs, behavior)));
  }

  receive(bytes: Uint8Array, nowNs: number, baudRate: number): readonly VirtualReply[] {
    if (nowNs - this.receivedNs > PACKET_GAP_NS || baudRate !== this.receivedBaudRate) this.decoder.flush();
    this.receivedNs = nowNs;
    this.receivedBaudRate = baudRate;
    const replies: VirtualReply[] = [];
    // In chunks that fit into the decoder.
    for (let at = 0; at < bytes.length; at += 1024) {
      this.decoder.append(bytes.subarray(at, at + 1024));
      for (let packet = this.decoder.next(); packet !== null; packet = this.decoder.next())
        replies.push(...this.execute(parseFeetechInstruction(packet), nowNs, baudRate));
    }
    return replies;
  }

  withReplyId({ bytes, delayNs }: VirtualReply, id: number): VirtualReply {
    return { id, delayNs, bytes: encodeFeetechPacket(id, bytes[4]!, bytes.subarray(5, bytes.length - 1)) };
  }

  setSupplyVolts(volts: number): void {
    for (const { health } of this.servos) health.supplyVolts = Math.max(0, Math.min(25, volts));
  }

  private execute(
    instruction: FeetechInstruction | FeetechUnknown,
    nowNs: number,
    baudRate: number,
  ): readonly VirtualReply[] {
    const hearing = this.servos.filter((servo) => servo.acceptsBaudRate(nowNs, baudRate));
    switch (instruction.kind) {
      case 'unknown':
        return [];
      case 'syncRead': {
        const { ids, address, length } = instruction;
        return ids.flatMap((id) => collide(withId(hearing, id).flatMap((servo) => answerRead(servo, address, length))));
      }
      case 'syncWrite':
        for (const { id, data } of instruction.items)
          for (const servo of withId(hearing, id)) servo.write(instruction.address, data);
        return [];
      default:
        return this.executeOne(instruction, hearing, nowNs);
    }
  }

  private executeOne(
    instruction: Exclude<FeetechInstruction, { kind: 'syncRead' | 'syncWrite' }>,
    hearing: readonly FeetechServo[],
    nowNs: number,
  ): readonly VirtualReply[] {
    const allServos = instruction.id === FEETECH_BROADCAST;
    const addressed = allServos ? [...hearing].sort((a, b) => a.id - b.id) : withId(hearing, instruction.id);
    switch (instruction.kind) {
      case 'ping':
        return [...new Set(addressed.map(({ id }) => id))].flatMap((id) =>
          collide(withId(addressed, id).map((servo) => status(servo, id, []))),
        );
      case 'read':
        return allServos
          ? []
          : collide(addressed.flatMap((servo) => answerRead(servo, instruction.address, instruction.length)));
      case 'reboot':
        for (const servo of addressed) servo.reboot(nowNs);
        return [];
      default: {
        const replies: VirtualReply[] = [];
        for (const servo of addressed) {
          // The reply has the old ID, baud rate, delay and response level; its alarms are those after the write.
          const { id, answersWrites, returnDelayNs } = servo;
          apply(servo, instruction);
          if (!allServos && answersWrites)
            replies.push({ ...status(servo, id, []), delayNs: PROCESSING_NS + returnDelayNs });
        }
        return collide(replies);
      }
    }
  }
}

type Change = Exclude<FeetechInstruction, { kind: 'syncRead' | 'syncWrite' | 'ping' | 'read' | 'reboot' }>;

function apply(servo: FeetechServo, instruction: Change): void {
  switch (instruction.kind) {
    case 'write':
      servo.write(instruction.address, instruction.data);
      break;
    case 'regWrite':
      servo.regWrite(instruction.address, instruction.data);
      break;
    case 'action':
      servo.action();
      break;
    case 'restoreEeprom':
      servo.restoreEeprom();
      break;
    // No effect that is visible to a master.
    case 'backup':
    case 'ping':
    case 'reboot':
      break;
    case 'reset':
      servo.resetTurns();
      break;
    case 'calibratePosition':
      servo.calibrate(instruction.position ?? MIDDLE);
      break;
  }
}

function withId(servos: readonly FeetechServo[], id: number): readonly FeetechServo[] {
  return servos.filter((servo) => servo.id === id);
}

function answerRead(servo: FeetechServo, address: number, length: number): readonly VirtualReply[] {
  if (length > FEETECH_MAXIMUM_PARAMETERS) return [];
  return [status(servo, servo.id, servo.read(address, length))];
}

function status(servo: FeetechServo, id: number, parameters: ArrayLike<number>): VirtualReply {
  const bytes = encodeFeetechPacket(id, servo.status, parameters);
  return { id, delayNs: PROCESSING_NS + servo.returnDelayNs, bytes };
}
