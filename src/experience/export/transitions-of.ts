import type { Transition } from '../../robot/transition.ts';
import { transitionIn } from '../log/decode-message.ts';
import type { DamagedPlace } from '../log/log-damage.ts';
import { SegmentReader } from '../log/segment-reader.ts';

/** The transitions of files, one file after another; corrupt records are skipped and passed to `onDamage`. */
export async function* transitionsOf(
  paths: readonly string[],
  onDamage: (place: DamagedPlace) => void,
): AsyncGenerator<Transition> {
  for (const file of paths) {
    const reader = await SegmentReader.open(file, (damage) => onDamage({ file, ...damage }));
    try {
      for (let batch = await reader.next(); batch !== null; batch = await reader.next()) {
        for (const message of batch) {
          const transition = transitionIn(message);
          if (transition !== null) yield transition;
        }
      }
      if (reader.damageAtEnd !== null) onDamage({ file, ...reader.damageAtEnd });
    } finally {
      await reader.close();
    }
  }
}
