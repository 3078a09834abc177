import { setImmediate as turn } from 'node:timers/promises';
import { openTestLog, transitionAt } from './transitions.ts';

/** Logs until it is killed; prints after each flush up to which sequence the log is durable. */
const { log } = await openTestLog(process.argv[2]!, { maxSegmentBytes: 20_000 });
for (let sequence = 0; ; sequence++) {
  log.append(transitionAt(sequence));
  await (log.ready() ?? turn());
  if (sequence % 40 !== 39) continue;
  await log.flush();
  process.stdout.write(`${sequence}\n`);
}
