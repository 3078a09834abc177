import assert from 'node:assert/strict';
import { runCli } from '../../../src/commands/run-cli.ts';
import { watchInterrupts } from '../../../src/cli/interrupt.ts';
import { StopRequests, type StopLevel } from '../../../src/runs/stop-requests/index.ts';
import { recordingIo } from './terminal.ts';

/** Removes the handlers of a signal that do not belong to the test, such as those of another test's helper; returns a function that restores them. */
function detachHandlers(signal: NodeJS.Signals): () => void {
  const handlers = process.listeners(signal);
  process.removeAllListeners(signal);
  return () => handlers.forEach((handler) => process.on(signal, handler));
}

/** The levels after signals, each with its time in milliseconds. */
function levelsAfter(signals: readonly (readonly [NodeJS.Signals, number])[], isArmed: boolean): StopLevel[] {
  const levels: StopLevel[] = [];
  let nowMs = 0;
  const restore = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map(detachHandlers);
  const interrupt = watchInterrupts(
    (level) => levels.push(level),
    () => nowMs,
  );
  try {
    if (isArmed) interrupt.stops.handleEmergency(() => undefined);
    for (const [signal, atMs] of signals) {
      nowMs = atMs;
      process.emit(signal, signal);
    }
    return levels;
  } finally {
    interrupt.release();
    for (const restoreHandlers of restore) restoreHandlers();
  }
}

describe('interrupts', () => {
  it('SIGINT stops, SIGTERM parks; with nothing armed the second signal exits', () => {
    assert.deepEqual(levelsAfter([['SIGINT', 0]], true), ['stop']);
    assert.deepEqual(levelsAfter([['SIGTERM', 0]], true), ['park']);
    assert.deepEqual(
      levelsAfter(
        [
          ['SIGTERM', 0],
          ['SIGINT', 500],
        ],
        false,
      ),
      ['park', 'exit'],
    );
  });

  it('a further signal raises the level; the same one within 100 ms is one request', () => {
    const thrice = [0, 400, 800].map((atMs) => ['SIGINT', atMs] as const);
    assert.deepEqual(levelsAfter(thrice, true), ['stop', 'emergency', 'exit']);
    const twice = [0, 20].map((atMs) => ['SIGINT', atMs] as const);
    assert.deepEqual(levelsAfter(twice, true), ['stop']);
  });

  it('a closed terminal stops, however often it is reported', () => {
    const closed = [0, 500, 1000].map((atMs) => ['SIGHUP', atMs] as const);
    assert.deepEqual(levelsAfter(closed, true), ['stop']);
  });

  it('change exit code 0 to 130 and keep other exit codes', async () => {
    const stops = new StopRequests();
    stops.request('stop');
    const run = (argv: string[]): Promise<number> =>
      runCli({ argv, io: recordingIo(null), stops, version: '1', onUi: () => undefined });
    assert.equal(await run(['config', 'check']), 130);
    assert.equal(await run(['config', 'check', '/nowhere.json5']), 2);
    assert.equal(await run(['nonsense']), 2);
  });
});
