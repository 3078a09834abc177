import assert from 'node:assert/strict';
import { existsSync, lstatSync } from 'node:fs';
import path from 'node:path';
import { Cli } from '../../support/cli.ts';
import { requireAddon } from '../../support/addon.ts';
import { withTemporaryDirectory } from '../../support/temporary.ts';

describe('softqd virtual', function () {
  this.timeout(60_000);

  it('reports the port, creates the symbolic link, and on SIGINT exits with 130 and removes the link', async function () {
    requireAddon(this);
    await withTemporaryDirectory(async (directory) => {
      const link = path.join(directory, 'port');
      const cli = new Cli(['virtual', '--robot', 'so101', '--symlink', link, '--json']);
      const ready = await cli.event(({ event }) => event === 'ready');
      assert.deepEqual(ready, {
        event: 'ready',
        pty: ready['pty'],
        protocol: 'feetech',
        ids: [1, 2, 3, 4, 5, 6],
        baudRate: 1_000_000,
        task: 'reach',
        link,
      });
      assert.ok(existsSync(String(ready['pty'])));
      assert.ok(lstatSync(link).isSymbolicLink());
      cli.child.kill('SIGINT');
      const { code, events } = await cli.done;
      assert.equal(code, 130);
      assert.equal(events.length, 1);
      assert.ok(!existsSync(link));
    });
  });

  it('prints how to connect', async function () {
    requireAddon(this);
    const cli = new Cli(['virtual', '--robot', 'koch']);
    let output = '';
    await new Promise<void>((resolve) => {
      cli.child.stdout.on('data', (text: string) => {
        output += text;
        if (/Connect with/.test(output)) resolve();
      });
    });
    assert.match(output, /koch: dynamixel servos 1, 2, 3, 4, 5, 6 at 1000000 baud on \/dev\/pts\/\d+/);
    assert.match(
      output,
      /softqd run --robot koch --id virtual --driver dynamixel:\/dev\/pts\/\d+ --task reach --policy FILE/,
    );
    cli.child.kill('SIGTERM');
    assert.equal((await cli.done).code, 130);
  });

  it('rejects an invalid fault or seed before it starts, with examples', async () => {
    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
      [['--fault', 'drip=1%'], /'drip=1%'/],
      [['--seed', 'x'], /--seed/],
    ];
    const results = await Promise.all(
      wrong.map(([words]) => new Cli(['virtual', '--robot', 'so101', '--json', ...words]).done),
    );
    for (const [i, { code, stdout, stderr }] of results.entries()) {
      assert.equal(code, 2, stderr);
      assert.match(stdout + stderr, /E_USAGE/);
      assert.match(stdout + stderr, wrong[i]![1]);
    }
    assert.match(results[0]!.stdout + results[0]!.stderr, /drop=1%.*unplug@10s\+3s/);
  });
});
