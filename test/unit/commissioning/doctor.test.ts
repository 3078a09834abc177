import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SoftqdError } from '../../../src/base/errors.ts';
import {
  dataDirectoryCheck,
  machineCheck,
  nodeCheck,
  portsCheck,
  runDoctor,
  type Check,
  type Finding,
} from '../../../src/commissioning/index.ts';
import { temporaryDirectory } from '../../support/cli.ts';

const okFinding: Finding = { id: 'a', level: 'ok', title: 'a', detail: '', hint: null };

describe('runDoctor', () => {
  it('runs every check in order, also after one that fails or hangs', async () => {
    let aborted = false;
    const checks: Check[] = [
      { id: 'a', run: () => Promise.resolve([okFinding]) },
      { id: 'b', run: () => Promise.reject(new SoftqdError('E_DISK', 'broken', { hint: 'Repair it.' })) },
      { id: 'c', run: (signal) => new Promise(() => signal.addEventListener('abort', () => (aborted = true))) },
      {
        id: 'd',
        run: () => {
          throw new TypeError('odd');
        },
      },
      { id: 'e', run: () => Promise.resolve([okFinding, okFinding]) },
    ];
    const findings = await runDoctor(checks, { timeoutMs: 30 });
    assert.deepEqual(
      findings.map(({ id, level }) => `${id} ${level}`),
      ['a ok', 'b error', 'c error', 'd error', 'a ok', 'a ok'],
    );
    assert.deepEqual([findings[1]?.detail, findings[1]?.hint], ['broken', 'Repair it.']);
    assert.match(findings[2]?.detail ?? '', /no result within 30 ms/);
    assert.equal(aborted, true);
  });
});

describe('the checks of this machine', () => {
  const folder = temporaryDirectory();
  after(() => folder.remove());
  const level = async (check: Check): Promise<string[]> =>
    (await runDoctor([check])).map((finding) => `${finding.id} ${finding.level}`);

  it('require Node.js 20.19 or newer', async () => {
    for (const [version, expected] of [
      ['18.20.0', 'error'],
      ['20.18.3', 'error'],
      ['20.19.0', 'ok'],
      ['22.1.0', 'ok'],
      ['24.0.0', 'ok'],
    ] as const) {
      assert.deepEqual(await level(nodeCheck(version)), [`node.version ${expected}`], version);
    }
    assert.deepEqual(await level(nodeCheck()), ['node.version ok']);
  });

  it('report cores and memory', async () => {
    const [finding] = await runDoctor([machineCheck()]);
    assert.match(finding?.title ?? '', /^\d+ cores, \d+\.\d GiB memory$/);
  });

  it('create the data directory, write to it and remove the test file', async () => {
    const directory = join(folder.path, 'new/data');
    assert.deepEqual((await level(dataDirectoryCheck(directory)))[0], 'data.writable ok');
    assert.deepEqual(readdirSync(directory), []);
  });

  it('report a data directory that cannot be written, with a hint', async () => {
    const path = join(folder.path, 'a-file');
    writeFileSync(path, '');
    const [finding] = await runDoctor([dataDirectoryCheck(join(path, 'data'))]);
    assert.deepEqual([finding?.id, finding?.level], ['data.writable', 'error']);
    assert.match(finding?.hint ?? '', /--data DIR/);
    assert.ok(!existsSync(join(path, 'data')));
  });

  it('distinguish a free port, a port in use and an address of another machine', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const setting = (name: string, host: string, at: number) => ({ name, host, port: at, key: 'simulator.port' });
      const findings = await runDoctor([
        portsCheck([setting('a', '127.0.0.1', port), setting('b', '127.0.0.1', 0), setting('c', '192.0.2.1', 8741)]),
      ]);
      assert.deepEqual(
        findings.map(({ id, level: is }) => `${id} ${is}`),
        ['port.a warning', 'port.b ok', 'port.c error'],
      );
      assert.match(findings[0]?.hint ?? '', /--set simulator\.port=0/);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    const { port } = await freePort();
    assert.deepEqual(await level(portsCheck([{ name: 'free', host: '127.0.0.1', port, key: 'api.port' }])), [
      'port.free ok',
    ]);
  });
});

async function freePort(): Promise<{ port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return { port };
}
