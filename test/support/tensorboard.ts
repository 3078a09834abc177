import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeEvent } from '../../src/wire/tensorboard/tensorboard-decode.ts';
import {
  RECORD_FOOTER_BYTES,
  RECORD_HEADER_BYTES,
  recordData,
  recordLength,
} from '../../src/wire/tensorboard/tensorboard.ts';

/** Every scalar in a folder of event files as [step, value] by tag, in the order of the files. Throws on a corrupt record. */
export function readTensorBoard(directory: string): Map<string, [number, number][]> {
  const tags = new Map<string, [number, number][]>();
  for (const name of readdirSync(directory).sort()) {
    const bytes = readFileSync(join(directory, name));
    for (let at = 0; at < bytes.length;) {
      const length = recordLength(bytes.subarray(at, at + RECORD_HEADER_BYTES));
      const end = at + RECORD_HEADER_BYTES + length + RECORD_FOOTER_BYTES;
      const event = decodeEvent(recordData(bytes.subarray(at + RECORD_HEADER_BYTES, end)));
      at = end;
      if (event.kind !== 'scalars') continue;
      for (const [tag, value] of Object.entries(event.scalars)) {
        const points = tags.get(tag) ?? [];
        tags.set(tag, points);
        points.push([event.step, value]);
      }
    }
  }
  return tags;
}
