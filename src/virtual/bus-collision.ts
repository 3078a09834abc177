import type { VirtualReply } from './port.ts';

/** Several servos with one id speak at once: a zero on the wire wins over a one. */
export function collide(replies: readonly VirtualReply[]): VirtualReply[] {
  const [first, ...others] = replies;
  if (first === undefined) return [];
  const length = Math.max(...replies.map(({ bytes }) => bytes.length));
  const bytes = Uint8Array.from({ length }, (_, at) =>
    replies.reduce((all, one) => all & (one.bytes[at] ?? 0xff), 0xff),
  );
  return others.length === 0 ? [first] : [{ ...first, bytes }];
}
