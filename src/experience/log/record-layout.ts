import { OPCODE } from './mcap-format.ts';

/** Parts of a record body: a number is that many bytes, 'u32' and 'u64' bytes with a length of that width before them. */
type Layout = readonly (number | 'u32' | 'u64')[];

const LAYOUTS = new Map<number, Layout>([
  [OPCODE.header, ['u32', 'u32']],
  [OPCODE.footer, [20]],
  [OPCODE.schema, [2, 'u32', 'u32', 'u32']],
  [OPCODE.channel, [4, 'u32', 'u32', 'u32']],
  [OPCODE.chunk, [28, 'u32', 'u64']],
  [OPCODE.messageIndex, [2, 'u32']],
  [OPCODE.chunkIndex, [32, 'u32', 8, 'u32', 16]],
  [OPCODE.attachment, [16, 'u32', 'u32', 'u64', 4]],
  [OPCODE.attachmentIndex, [40, 'u32', 'u32']],
  [OPCODE.statistics, [42, 'u32']],
  [OPCODE.metadata, ['u32', 'u32']],
  [OPCODE.metadataIndex, [16, 'u32']],
  [OPCODE.summaryOffset, [17]],
  [OPCODE.dataEnd, [4]],
]);

/** Whether the lengths inside a record body add up to its length. Bodies of messages and private records are arbitrary. */
export function fitsLayout(opcode: number, body: Uint8Array): boolean {
  const layout = LAYOUTS.get(opcode);
  if (layout === undefined) return true;
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  let at = 0;
  for (const part of layout) {
    if (typeof part === 'number') {
      at += part;
      continue;
    }
    const lengthBytes = part === 'u32' ? 4 : 8;
    if (at + lengthBytes > body.length) return false;
    at += lengthBytes + readLength(view, at, part);
  }
  return at === body.length;
}

function readLength(view: DataView, at: number, kind: 'u32' | 'u64'): number {
  const low = view.getUint32(at, true);
  return kind === 'u32' ? low : low + view.getUint32(at + 4, true) * 4294967296;
}
