import assert from 'node:assert/strict';
import { SoftqdError } from '../../src/base/errors.ts';
import { StickyFaults } from '../../src/runs/sticky-faults/index.ts';
import { requireAddon } from '../support/addon.ts';
import { temporaryDirectory } from '../support/cli.ts';
import { skipUnless } from '../support/skips.ts';
import { hasTerminal, Terminal } from '../support/terminal.ts';
import { startVirtualArm, type VirtualArm } from '../support/virtual-arm.ts';
import { realTimeTests } from '../support/real-time-tests.ts';

const PROMPT = /Clear this fault and arm the robot\? Its cause must be removed\. Type yes to continue: /;

describe('prompts on a real terminal', function () {
  realTimeTests(this, 120_000);
  const data = temporaryDirectory();
  let arm: VirtualArm | null = null;
  before(function () {
    requireAddon(this);
    skipUnless(this, hasTerminal(), 'script (Debian: bsdutils)');
  });
  afterEach(() => {
    arm?.close();
    arm = null;
  });
  after(() => data.remove());

  /** A run of an arm whose last run ended with a fault, at its prompt. */
  async function runAtPrompt(): Promise<{ terminal: Terminal; faults: StickyFaults; started: VirtualArm }> {
    const started = (arm = startVirtualArm('so101'));
    const faults = new StickyFaults(data.path, 'so101', null);
    faults.keep(new SoftqdError('E_FOLLOWING_ERROR', 'elbow_flex does not follow'), null);
    const driver = ['--driver', `feetech:${started.path}`, '--data', data.path, '--set', 'control.realTimePriority=0'];
    const terminal = new Terminal(['run', '--robot', 'so101', '--task', 'reach', '--explore', ...driver]);
    const shown = await terminal.shows(PROMPT);
    assert.match(
      terminal.text.slice(0, shown),
      /so101 stopped with a fault at .*elbow_flex does not follow \[E_FOLLOWING/,
    );
    return { terminal, faults, started };
  }

  for (const [what, act, code] of [
    ['Ctrl-C', (terminal: Terminal) => terminal.type('\u0003'), '130'],
    ['the terminal is closed', (terminal: Terminal) => terminal.close(), '130'],
    ['the answer is no', (terminal: Terminal) => terminal.type('no\r'), '3'],
    ['the answer is empty', (terminal: Terminal) => terminal.type('\r'), '3'],
  ] as const) {
    it(`run with a sticky fault, ${what}: the fault stays, no joint gets torque`, async () => {
      const { terminal, faults, started } = await runAtPrompt();
      act(terminal);
      assert.equal(await terminal.exitCode(), code, terminal.text);
      assert.equal(faults.read()?.code, 'E_FOLLOWING_ERROR');
      assert.ok(started.mechanics.torqueOff.every(Boolean));
    });
  }

  it('run with a sticky fault, yes: the fault is cleared, the run begins, and space stops it', async () => {
    const { terminal, faults } = await runAtPrompt();
    terminal.type('yes\r');
    await terminal.shows(/space or Ctrl-C stops/);
    terminal.type(' ');
    assert.equal(await terminal.exitCode(), '130', terminal.text);
    assert.equal(faults.read(), null);
  });
});
