import type { VirtualReply } from './port.ts';

/** Simultaneous replies of several servos with one ID: a 0 bit on the wire overrides a 1 bit. */
export function collide(replies: readonly VirtualReply[]): VirtualReply[] {
  const [first, ...others] = replies;
  if (first === undefined) return [];
  const length = Math.max(...replies.map(({ bytes }) => bytes.length));
  const bytes = Uint8Array.from({ length }, (_, at) =>
    replies.reduce((all, one) => all & (one.bytes[at] ?? 0xff), 0xff),
  );
  return others.length === 0 ? [first] : [{ ...first, bytes }];
}
