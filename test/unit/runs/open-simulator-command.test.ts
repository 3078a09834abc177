import assert from 'node:assert/strict';
import { SoftqdError } from '../../../src/base/errors.ts';
import { CleanupStack } from '../../../src/runs/cleanup-stack.ts';
import { openSimulatorCommand } from '../../../src/runs/open-simulator-command.ts';

/** What the user reads of a run with a simulator that writes `boom` and lives on; `connect` as of openSimulatorCommand. */
async function reported(connect: (onLost: () => void) => void): Promise<string[]> {
  const texts: string[] = [];
  const closer = new CleanupStack();
  const opened = openSimulatorCommand({
    ...{ command: `sh -c 'echo boom; sleep 60'`, robot: 'pendulum', mode: 'lock-step', controlPeriodS: 0.05 },
    ...{ startTimeoutMs: 5000, closer },
    ui: { info: (text) => void texts.push(text), signal: new AbortController().signal },
    connect: async (_where, onLost) => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      connect(onLost);
    },
  });
  await opened.catch(() => undefined);
  await closer.close();
  return texts;
}

describe('openSimulatorCommand', () => {
  const running = ["the simulator (sh -c 'echo boom; sleep 60') was still running, its last output:\nboom"];

  it('shows the last output of a process that lives on when its connection is lost', async () => {
    assert.deepEqual(await reported((onLost) => onLost()), running);
  });

  it('shows it where the process answers what no simulator answers', async () => {
    const refuse = (): never => {
      throw new SoftqdError('E_PROTOCOL_MISMATCH', 'another robot');
    };
    assert.deepEqual(await reported(refuse), running);
  });

  it('shows nothing of a process that is stopped at the end', async () => {
    assert.deepEqual(await reported(() => undefined), []);
  });
});
