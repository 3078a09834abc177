import { closeSync, existsSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { connectToDaemon } from '../../src/experience/link/index.ts';

/**
 * A learner for tests, in a separate process: `node recording-learner.ts SOCKET FILE`. It writes each received transition to FILE, one
 * line `<session> <sequence>`, before it acknowledges it. After a restart the last complete line is its cursor.
 */
const [socketPath, file] = process.argv.slice(2) as [string, string];
const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
const whole = text.slice(0, text.lastIndexOf('\n') + 1);
if (whole.length < text.length) truncateSync(file, whole.length);
const [sessionUuid = '', sequence = '-1'] = whole.trimEnd().split('\n').pop()!.split(' ');
const cursor = sessionUuid === '' ? { sessionUuid: '', sequence: -1 } : { sessionUuid, sequence: Number(sequence) };

const out = openSync(file, 'a');
const connection = await connectToDaemon({
  socketPath,
  hello: { cursor, engine: 'recording' },
  signal: new AbortController().signal,
});
for (let task = await connection.receive(); task !== null && task.kind !== 'close'; task = await connection.receive()) {
  if (task.kind === 'checkpoint') {
    connection.send({ kind: 'checkpointDone', sequence: task.sequence, error: '' });
    continue;
  }
  const { transition } = task;
  writeSync(out, `${transition.sessionUuid} ${transition.sequence}\n`);
  connection.send({ kind: 'acknowledge', cursor: transition });
}
closeSync(out);
await connection.close();
