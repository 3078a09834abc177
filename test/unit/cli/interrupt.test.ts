import assert from 'node:assert/strict';
import { runCli } from '../../../src/commands/run-cli.ts';
import { watchInterrupts } from '../../../src/cli/interrupt.ts';
import { recordingIo } from './terminal.ts';

describe('interrupts', () => {
  it('the first one aborts, the second one leaves at once', () => {
    const heard: string[] = [];
    const interrupt = watchInterrupts(
      () => heard.push('first'),
      () => heard.push('second'),
    );
    try {
      assert.equal(interrupt.signal.aborted, false);
      process.emit('SIGTERM');
      assert.equal(interrupt.signal.aborted, true);
      process.emit('SIGINT');
      assert.deepEqual(heard, ['first', 'second']);
    } finally {
      interrupt.release();
    }
  });

  it('turn exit code 0 into 130 and leave other ones alone', async () => {
    const run = (argv: string[]): Promise<number> =>
      runCli({ argv, io: recordingIo(null), signal: AbortSignal.abort(), version: '1', onUi: () => undefined });
    assert.equal(await run(['config', 'check']), 130);
    assert.equal(await run(['config', 'check', '/nowhere.json5']), 2);
    assert.equal(await run(['nonsense']), 2);
  });
});
