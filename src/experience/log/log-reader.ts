import { SoftqdError } from '../../base/errors.ts';
import { decodeMessage, type LogMessage } from './decode-message.ts';
import { damagedPlaceText, type DamagedPlace } from './log-damage.ts';
import { SegmentReader } from './segment-reader.ts';

/**
 * All messages of one file in order. Damaged records are skipped and passed to `onDamage`; without it, damage with records after it throws
 * E_LOG_FILE, and the file ends at damage without. Throws E_LOG_FILE (cannot be opened), E_DISK.
 */
export async function* readLog(
  file: string,
  onDamage?: (place: DamagedPlace) => void,
): AsyncGenerator<LogMessage, void, undefined> {
  const report = onDamage ?? refuseDamage;
  const reader = await SegmentReader.open(file, (damage) => report({ file, ...damage }));
  try {
    for (let batch = await reader.next(); batch !== null; batch = await reader.next()) {
      for (const message of batch) yield decodeMessage(message);
    }
    if (reader.damageAtEnd !== null) onDamage?.({ file, ...reader.damageAtEnd });
  } finally {
    await reader.close();
  }
}

function refuseDamage(place: DamagedPlace): never {
  throw new SoftqdError('E_LOG_FILE', damagedPlaceText(place), { values: { ...place } });
}
