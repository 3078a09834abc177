import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Reading } from '../../src/robot/reading.ts';
import { BridgeFrameDecoder } from '../../src/wire/bridge/bridge-frame.ts';
import { decodeLinkFromBoard, type LinkFromBoard } from '../../src/wire/bridge/index.ts';

/** How many of the accepted readings (`readingKey`) the board never sent, according to `softqd virtual --ground-truth`. */
export async function wrongReadings(file: string, accepted: readonly string[]): Promise<number> {
  const sent = new Set<string>();
  for await (const line of createInterface(createReadStream(file))) {
    if (!line.startsWith('{"kind":"frame"')) continue;
    const { bytes } = JSON.parse(line) as { bytes: string };
    const decoder = new BridgeFrameDecoder();
    decoder.append(Buffer.from(bytes, 'hex'));
    for (let payload = decoder.next(); payload !== null; payload = decoder.next()) {
      const message: LinkFromBoard = decodeLinkFromBoard(payload);
      if (message.type === 'reading') sent.add(readingKey({ ...message, deviceTimeS: message.deviceTimeUs / 1e6 }));
    }
  }
  return accepted.filter((reading) => !sent.has(reading)).length;
}

/** Time of the board and every value of a reading. */
export function readingKey({
  deviceTimeS,
  positions,
  velocities,
  efforts,
}: Pick<Reading, 'deviceTimeS' | 'positions' | 'velocities' | 'efforts'>): string {
  return [deviceTimeS, ...positions, ...velocities, ...efforts].join(' ');
}
