import { SoftqdError, type SoftqdErrorOptions } from '../../base/errors.ts';
import type { ErrorCode } from '../../base/error-codes.ts';

/** A request to a daemon: one line of JSON, answered by one line. */
export type ControlRequest =
  | { readonly command: 'status' }
  | { readonly command: 'stop'; readonly park: boolean }
  | { readonly command: 'clear-fault' };

/** The result of a request, or the error of the daemon. */
export type ControlReply =
  | { readonly result: unknown }
  | { readonly error: { readonly code: ErrorCode; readonly message: string } & SoftqdErrorOptions };

/** Longest request, bytes; longest reply. */
export const MAX_REQUEST_BYTES = 1024;
export const MAX_REPLY_BYTES = 262_144;

/** Throws E_USAGE for text that is not a request. */
export function parseRequest(text: string): ControlRequest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SoftqdError('E_USAGE', 'the request is not JSON');
  }
  const { command, park } = (value ?? {}) as { readonly command?: unknown; readonly park?: unknown };
  if (command === 'status' || command === 'clear-fault') return { command };
  if (command === 'stop') return { command, park: park === true };
  throw new SoftqdError('E_USAGE', 'the request is not status, stop or clear-fault');
}
