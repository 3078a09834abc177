import { SoftqdError } from '../../base/errors.ts';
import { decodeCbor } from './cbor-decode.ts';
import { isRosObject } from './value.ts';
import type { RosObject, RosValue } from './value.ts';

/** Max WebSocket message in bytes or UTF-16 units; the limit of rosbridge is 10 MB. */
const ROSBRIDGE_MAX_MESSAGE_BYTES = 1_048_576;

/** Messages of a rosbridge server that a driver uses. */
export type RosbridgeMessage =
  | { readonly op: 'publish'; readonly topic: string; readonly msg: RosObject }
  | { readonly op: 'status'; readonly level: string; readonly text: string }
  | {
      readonly op: 'service_response';
      readonly service: string;
      readonly id: string;
      readonly result: boolean;
      readonly values: RosValue;
    }
  | { readonly op: 'other'; readonly name: string };

/**
 * One WebSocket message: text is JSON, binary is CBOR. Throws E_FRAME_TOO_LARGE above `maximum` and E_ROSBRIDGE_MESSAGE when it is not
 * a rosbridge message. NaN and infinity arrive as null in JSON: see `numbers`.
 */
export function decodeRosbridge(data: string | Uint8Array, maximum = ROSBRIDGE_MAX_MESSAGE_BYTES): RosbridgeMessage {
  if (data.length > maximum) {
    throw new SoftqdError(
      'E_FRAME_TOO_LARGE',
      `rosbridge: message of ${data.length} bytes exceeds the maximum of ${maximum}`,
      {
        values: { got: data.length, maximum },
      },
    );
  }
  const message = typeof data === 'string' ? parseJson(data) : decodeCbor(data);
  if (!isRosObject(message)) throw refuse('the message is not an object');
  const op = message['op'];
  if (typeof op !== 'string') throw refuse('the message has no op');
  switch (op) {
    case 'publish': {
      const msg = message['msg'];
      if (!isRosObject(msg)) throw refuse('publish without msg');
      return { op, topic: text(message, 'topic'), msg };
    }
    case 'status':
      return { op, level: text(message, 'level'), text: typeof message['msg'] === 'string' ? message['msg'] : '' };
    case 'service_response':
      return {
        op,
        service: text(message, 'service'),
        id: typeof message['id'] === 'string' ? message['id'] : '',
        result: message['result'] === true,
        values: message['values'] ?? null,
      };
    default:
      return { op: 'other', name: op.slice(0, 64) };
  }
}

function parseJson(data: string): RosValue {
  try {
    return JSON.parse(data) as RosValue;
  } catch (cause) {
    throw refuse('the message is not JSON', cause);
  }
}

function text(message: RosObject, field: string): string {
  const value = message[field];
  if (typeof value !== 'string') throw refuse(`${field} is not a string`);
  return value;
}

function refuse(why: string, cause?: unknown): SoftqdError {
  return new SoftqdError('E_ROSBRIDGE_MESSAGE', `rosbridge: ${why}`, cause === undefined ? {} : { cause });
}
