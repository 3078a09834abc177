import assert from 'node:assert/strict';
import { runCli } from '../../../src/commands/run-cli.ts';
import { watchInterrupts } from '../../../src/cli/interrupt.ts';
import { recordingIo } from './terminal.ts';

describe('interrupts', () => {
  it('the first one aborts, the second one exits immediately', () => {
    const calls: string[] = [];
    const interrupt = watchInterrupts(
      () => calls.push('first'),
      () => calls.push('second'),
    );
    try {
      assert.equal(interrupt.signal.aborted, false);
      process.emit('SIGTERM');
      assert.equal(interrupt.signal.aborted, true);
      process.emit('SIGINT');
      assert.deepEqual(calls, ['first', 'second']);
    } finally {
      interrupt.release();
    }
  });

  it('change exit code 0 to 130 and keep other exit codes', async () => {
    const run = (argv: string[]): Promise<number> =>
      runCli({ argv, io: recordingIo(null), signal: AbortSignal.abort(), version: '1', onUi: () => undefined });
    assert.equal(await run(['config', 'check']), 130);
    assert.equal(await run(['config', 'check', '/nowhere.json5']), 2);
    assert.equal(await run(['nonsense']), 2);
  });
});
