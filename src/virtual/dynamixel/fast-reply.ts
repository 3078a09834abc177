import {
  DYNAMIXEL_ALERT,
  DYNAMIXEL_BROADCAST,
  DYNAMIXEL_MAXIMUM_LENGTH,
  dynamixelFastReplyBytes,
  encodeDynamixelFastReply,
  type DynamixelFastBlock,
  type DynamixelRange,
} from '../../wire/dynamixel/index.ts';
import type { VirtualReply } from '../port.ts';
import { PROCESSING_NS } from './reply.ts';
import type { XSeriesServo } from './servo.ts';

/**
 * The single reply packet of all addressed servos to a fast read; each servo appends its block after the previous one. A servo without
 * a reply ends the packet; without the first one there is no packet.
 */
export function fastReply(
  listening: readonly XSeriesServo[],
  ranges: readonly DynamixelRange[],
  nowNs: number,
): VirtualReply[] {
  const lengths = ranges.map(({ length }) => length);
  if (dynamixelFastReplyBytes(lengths) > DYNAMIXEL_MAXIMUM_LENGTH) return [];
  const blocks: DynamixelFastBlock[] = [];
  let answered = 0;
  let delayNs = 0;
  let complete = true;
  for (const { id, address, length } of ranges) {
    const servo: XSeriesServo | undefined = complete
      ? listening.find((one) => one.id === id && one.statusReturnLevel >= 1)
      : undefined;
    complete = servo !== undefined;
    if (servo === undefined) {
      blocks.push({ id, error: 0, data: new Uint8Array(length) });
      continue;
    }
    const data = servo.read(address, length, nowNs);
    const error = (typeof data === 'number' ? data : 0) | (servo.alert ? DYNAMIXEL_ALERT : 0);
    blocks.push({ id, error, data: typeof data === 'number' ? new Uint8Array(length) : data });
    if (answered === 0) delayNs = servo.returnDelayNs + PROCESSING_NS;
    answered++;
  }
  if (answered === 0) return [];
  const bytes = encodeDynamixelFastReply(blocks).subarray(0, dynamixelFastReplyBytes(lengths.slice(0, answered)));
  return [{ id: DYNAMIXEL_BROADCAST, delayNs, bytes }];
}
