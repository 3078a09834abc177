import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flag, machine, option } from './support/machine.ts';
import { softqd } from './support/softqd.ts';

// Lateness of the control loop in real time, with --learn while the learner trains on the same machine.
const rateHz = Number(option('rate', '200'));
const seconds = Number(option('seconds', '60'));
const learn = flag('learn');
const data = mkdtempSync(join(tmpdir(), 'softqd-lateness-'));
try {
  const extra = process.argv.includes('--set')
    ? process.argv.slice(process.argv.indexOf('--set')).filter((word) => word !== '--json')
    : [];
  let firstUpdates = -1;
  let lastUpdates = 0;
  let firstAtMs = 0;
  let lastAtMs = 0;
  const events = await softqd(
    [
      'run',
      '--robot',
      'arm2',
      '--task',
      'reach',
      '--rate',
      String(rateHz),
      '--duration',
      String(seconds),
      '--data',
      data,
      ...(learn ? ['--learn'] : []),
      ...extra,
    ],
    (event) => {
      if (event['event'] !== 'status' || typeof event['updates'] !== 'number' || event['updates'] === 0) return;
      if (firstUpdates < 0) {
        firstUpdates = event['updates'];
        firstAtMs = performance.now();
      }
      lastUpdates = event['updates'];
      lastAtMs = performance.now();
    },
  );
  const done = events.at(-1)!;
  const updatesPerS =
    lastAtMs > firstAtMs ? Math.round((10_000 * (lastUpdates - firstUpdates)) / (lastAtMs - firstAtMs)) / 10 : 0;
  const result = {
    rateHz,
    seconds,
    learn,
    ticks: done['ticks'],
    latenessUs: done['latenessUs'],
    skipped: done['skipped'],
    updatesPerS,
    machine: machine(),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
} finally {
  rmSync(data, { recursive: true, force: true });
}
