import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { applyScheduling, type NativeAddon } from '../../../src/addon/index.ts';
import { requireAddon } from '../../support/addon.ts';

/** The addon with calls that the kernel rejects. */
function refusing(addon: NativeAddon): NativeAddon {
  const no = (call: string) => () => [call, 'EPERM', 'Operation not permitted'] as const;
  return {
    ...addon,
    lockFiles: no('mlock'),
    setNice: no('setpriority'),
    setRealTime: no('sched_setscheduler'),
    setAffinity: no('sched_setaffinity'),
  };
}

describe('scheduling', () => {
  let addon: NativeAddon;
  before(function () {
    ({ addon } = requireAddon(this));
  });

  it('reports each setting that is not permitted, with a hint, and throws nothing', () => {
    const setting = { realTimePriority: 50, lockMemory: true, cpus: [0], nice: -10 };
    const outcomes = applyScheduling(refusing(addon), setting);
    assert.deepEqual(outcomes.map((o) => o.setting).sort(), ['cpus', 'lockMemory', 'nice', 'realTimePriority']);
    for (const outcome of outcomes) {
      assert.equal(outcome.applied, false);
      assert.match(outcome.message, /permission denied \(\w+: EPERM/);
      assert.ok(outcome.hint.length > 20);
    }
  });

  it('rejects a CPU that does not exist', () => {
    const [outcome] = applyScheduling(addon, { cpus: [1023] });
    assert.equal(outcome?.applied, false);
    assert.match(outcome.message, /EINVAL/);
  });

  it('reaches every thread of the process', () => {
    // In a separate process, so that this one does not change.
    const script = `
      import { applyScheduling, loadAddon } from './src/addon/index.ts';
      import { readdirSync, readFileSync } from 'node:fs';
      const { addon } = loadAddon();
      const [cpus, nice] = applyScheduling(addon, { cpus: [0], nice: 5 });
      const threads = readdirSync('/proc/self/task').map((id) => readFileSync('/proc/self/task/' + id + '/stat', 'utf8').split(') ')[1].split(' ')[16]);
      const allowed = readdirSync('/proc/self/task').map((id) => /Cpus_allowed_list:\\s*(\\S+)/.exec(readFileSync('/proc/self/task/' + id + '/status', 'utf8'))[1]);
      console.log(JSON.stringify({ cpus, nice, threads, allowed }));`;
    const out = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    const { cpus, nice, threads, allowed } = JSON.parse(out) as {
      cpus: { applied: boolean };
      nice: { applied: boolean };
      threads: string[];
      allowed: string[];
    };
    assert.ok(cpus.applied && nice.applied && availableParallelism() >= 1);
    assert.ok(threads.length > 1 && threads.every((value) => value === '5'), threads.join());
    assert.ok(
      allowed.every((value) => value === '0'),
      allowed.join(),
    );
  });
});
