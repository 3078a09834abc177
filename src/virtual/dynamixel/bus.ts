import {
  DYNAMIXEL_BROADCAST,
  DYNAMIXEL_STATUS,
  DynamixelPacketDecoder,
  parseDynamixelInstruction,
  type DynamixelPacket,
  type DynamixelRange,
} from '../../wire/dynamixel/index.ts';
import type { VirtualReply, VirtualServoBus, VirtualServoBusOptions } from '../port.ts';
import { collide } from '../bus-collision.ts';
import { ServosOnBus } from '../servos-on-bus.ts';
import { CRC_ERROR, OK } from './errors.ts';
import { execute, executeAsSecondary, pingData } from './execute.ts';
import type { SingleInstruction } from './execute.ts';
import { fastReply } from './fast-reply.ts';
import { readdressed, reply } from './reply.ts';
import { XSeriesServo } from './servo.ts';

/** Delay of a reply to a broadcast ping, per ID below that of the servo. */
const PING_SLOT_NS = 100_000;
/** Bytes with a pause like this between them are not one packet. */
const PACKET_GAP_NS = 2e6;
/** Max packet length: one corrupt length byte must not consume seconds of traffic. */
const MAXIMUM_LENGTH = 700;

/** X-series servos on one half-duplex bus, protocol 2.0. */
export class VirtualDynamixelBus extends ServosOnBus<XSeriesServo> implements VirtualServoBus {
  readonly protocol = 'dynamixel';
  private readonly decoder = new DynamixelPacketDecoder(MAXIMUM_LENGTH);
  private receivedNs = -Infinity;

  constructor({ servos, nowNs }: VirtualServoBusOptions) {
    super(servos.map((spec) => new XSeriesServo(spec, nowNs)));
    this.setSupplyVolts(this.ratedVolts);
  }

  receive(bytes: Uint8Array, nowNs: number, baudRate: number): readonly VirtualReply[] {
    if (nowNs - this.receivedNs > PACKET_GAP_NS) this.decoder.flush();
    this.receivedNs = nowNs;
    this.decoder.append(bytes);
    const replies: VirtualReply[] = [];
    for (;;) {
      const packet = this.decoder.next();
      const listening = this.servos.filter((servo) => servo.acceptsBaudRate(nowNs, baudRate));
      for (const id of this.decoder.drainChecksumErrorIds()) replies.push(...errorReply(listening, id));
      if (packet === null) return replies;
      if (packet.instruction !== DYNAMIXEL_STATUS) replies.push(...this.execute(listening, packet, nowNs));
    }
  }

  withReplyId(reply: VirtualReply, id: number): VirtualReply {
    return readdressed(reply, id);
  }

  /** Servos for a lower voltage than the supply of the bus are behind a regulator at their nominal voltage. */
  setSupplyVolts(volts: number): void {
    for (const servo of this.servos) {
      const { ratedVolts } = servo.model;
      servo.health.supplyVolts = Math.max(
        0,
        ratedVolts < this.ratedVolts ? Math.min(ratedVolts, volts) : Math.min(volts, 6000),
      );
    }
  }

  private get ratedVolts(): number {
    return Math.max(...this.servos.map((servo) => servo.model.ratedVolts));
  }

  private execute(listening: readonly XSeriesServo[], packet: DynamixelPacket, nowNs: number): readonly VirtualReply[] {
    for (const servo of listening) servo.onInstruction(nowNs);
    const instruction = parseDynamixelInstruction(packet);
    switch (instruction.kind) {
      case 'syncRead':
        return this.readEach(listening, sameRange(instruction), nowNs);
      case 'bulkRead':
        return this.readEach(listening, instruction.items, nowNs);
      case 'fastSyncRead':
        return fastReply(listening, sameRange(instruction), nowNs);
      case 'fastBulkRead':
        return fastReply(listening, instruction.items, nowNs);
      case 'syncWrite':
        for (const { id, data } of instruction.items)
          for (const servo of withId(listening, id)) servo.write(instruction.address, data);
        return [];
      case 'bulkWrite':
        for (const { id, address, data } of instruction.items)
          for (const servo of withId(listening, id)) servo.write(address, data);
        return [];
      default:
        return packet.id === DYNAMIXEL_BROADCAST
          ? this.executeAll(listening, instruction, nowNs)
          : this.executeOne(listening, instruction, nowNs);
    }
  }

  private executeAll(
    listening: readonly XSeriesServo[],
    instruction: SingleInstruction,
    nowNs: number,
  ): VirtualReply[] {
    if (instruction.kind === 'ping') return this.pingAll(listening);
    for (const servo of listening) {
      // Servos ignore a broadcast reset of all IDs, which would give every servo the same ID.
      if (instruction.kind === 'factoryReset' && instruction.scope === 'all') continue;
      execute(servo, instruction, nowNs);
    }
    return [];
  }

  private pingAll(listening: readonly XSeriesServo[]): VirtualReply[] {
    const ids = [...new Set(listening.map((servo) => servo.id))].sort((a, b) => a - b);
    let before = 0;
    return ids.flatMap((id) => {
      const wait = (id - before) * PING_SLOT_NS;
      before = id;
      const replies = withId(listening, id).map((servo) => reply(servo, id, OK, pingData(servo)));
      return collide(replies).map((one) => ({ ...one, delayNs: one.delayNs + wait }));
    });
  }

  private executeOne(
    listening: readonly XSeriesServo[],
    instruction: SingleInstruction,
    nowNs: number,
  ): VirtualReply[] {
    const { id } = instruction;
    const addressed = withId(listening, id);
    for (const servo of listening)
      if (!addressed.includes(servo) && servo.table.get('secondaryId') === id) executeAsSecondary(servo, instruction);
    const replies = addressed.flatMap((servo) => {
      const level = servo.statusReturnLevel;
      const { error, data } = execute(servo, instruction, nowNs);
      const wanted = instruction.kind === 'ping' ? 0 : instruction.kind === 'read' ? 1 : 2;
      // A reply has the ID of the request, also when the instruction has just changed the ID.
      return level >= wanted ? [reply(servo, id, error, data)] : [];
    });
    return collide(replies);
  }

  private readEach(
    listening: readonly XSeriesServo[],
    ranges: readonly DynamixelRange[],
    nowNs: number,
  ): VirtualReply[] {
    return ranges.flatMap(({ id, address, length }) => {
      const replies = withId(listening, id)
        .filter((servo) => servo.statusReturnLevel >= 1)
        .map((servo) => {
          const data = servo.read(address, length, nowNs);
          return typeof data === 'number' ? reply(servo, id, data) : reply(servo, id, OK, data);
        });
      return collide(replies);
    });
  }
}

/** The addressed servo of a packet with a wrong CRC replies with an error. */
function errorReply(listening: readonly XSeriesServo[], id: number): VirtualReply[] {
  const addressed = withId(listening, id).filter((servo) => servo.statusReturnLevel === 2);
  return collide(addressed.map((servo) => reply(servo, id, CRC_ERROR)));
}

function sameRange({
  address,
  length,
  ids,
}: {
  address: number;
  length: number;
  ids: readonly number[];
}): DynamixelRange[] {
  return ids.map((id) => ({ id, address, length }));
}

function withId(servos: readonly XSeriesServo[], id: number): readonly XSeriesServo[] {
  return servos.filter((servo) => servo.id === id);
}
