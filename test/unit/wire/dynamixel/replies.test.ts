import assert from 'node:assert/strict';
import {
  DynamixelPacketDecoder,
  encodeDynamixelInstruction,
  encodeDynamixelStatus,
  hardwareErrorNames,
  matchDynamixelReply,
  readDynamixelError,
} from '../../../../src/wire/dynamixel/index.ts';
import type { DynamixelPacket } from '../../../../src/wire/dynamixel/index.ts';

function decodeOne(wire: Uint8Array): DynamixelPacket {
  const decoder = new DynamixelPacketDecoder();
  decoder.append(wire);
  return decoder.next()!;
}

describe('Dynamixel replies', () => {
  const status = (id: number, error: number, data: number[]): DynamixelPacket =>
    decodeOne(encodeDynamixelStatus(id, error, data));

  it('are accepted only as a status of the requested servo and length', () => {
    const expected = { id: 3, dataLength: 2 };
    assert.deepEqual(matchDynamixelReply(status(3, 0, [1, 2]), expected), {
      kind: 'data',
      id: 3,
      alert: false,
      data: Uint8Array.of(1, 2),
    });
    assert.deepEqual(matchDynamixelReply(status(3, 0x80, [1, 2]), expected), {
      kind: 'data',
      id: 3,
      alert: true,
      data: Uint8Array.of(1, 2),
    });
    assert.deepEqual(matchDynamixelReply(status(4, 0, [1, 2]), expected), { kind: 'wrong-id', id: 4, expected: 3 });
    assert.deepEqual(matchDynamixelReply(status(3, 0, [1]), expected), {
      kind: 'wrong-length',
      id: 3,
      expected: 2,
      got: 1,
    });
    assert.deepEqual(matchDynamixelReply(status(3, 0x87, []), expected), {
      kind: 'refused',
      id: 3,
      error: { alert: true, name: 'access', number: 7 },
    });
    const echo = decodeOne(encodeDynamixelInstruction({ kind: 'read', id: 3, address: 132, length: 4 }));
    assert.deepEqual(matchDynamixelReply(echo, expected), { kind: 'not-a-status', id: 3 });
  });

  it('name every error and every hardware error', () => {
    const names = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((error) => readDynamixelError(error).name);
    assert.deepEqual(names, [
      'none',
      'result-fail',
      'instruction',
      'crc',
      'data-range',
      'data-length',
      'data-limit',
      'access',
      'unknown',
    ]);
    assert.deepEqual(hardwareErrorNames(0xff), [
      'input-voltage',
      'overheating',
      'encoder',
      'electrical-shock',
      'overload',
    ]);
    assert.deepEqual(hardwareErrorNames(0x20), ['overload']);
  });
});
