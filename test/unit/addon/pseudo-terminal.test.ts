import assert from 'node:assert/strict';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { once } from 'node:events';
import { openPseudoTerminal, type PseudoTerminal } from '../../../src/addon/index.ts';
import { requireAddon } from '../../support/addon.ts';

async function read(terminal: PseudoTerminal, bytes: number): Promise<Buffer> {
  let got = Buffer.alloc(0);
  while (got.length < bytes) {
    const [chunk] = (await once(terminal.stream, 'data')) as [Buffer];
    got = Buffer.concat([got, chunk]);
  }
  return got;
}

describe('a pseudo-terminal pair', () => {
  let terminal: PseudoTerminal;
  before(function () {
    requireAddon(this);
  });
  beforeEach(() => {
    terminal = openPseudoTerminal();
  });
  afterEach(() => {
    terminal.close();
  });

  it('transfers every byte unchanged in both directions', async () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const other = await open(terminal.path, constants.O_RDWR | constants.O_NOCTTY);
    const arrives = read(terminal, all.length);
    await other.write(all);
    assert.deepEqual(await arrives, all);
    terminal.stream.write(all);
    const back = Buffer.alloc(256);
    for (let have = 0; have < 256;) have += (await other.read(back, have)).bytesRead;
    assert.deepEqual(back, all);
    await other.close();
  });

  it('continues when the other end closes and opens again', async () => {
    for (let i = 0; i < 3; i++) {
      const other = await open(terminal.path, constants.O_RDWR | constants.O_NOCTTY);
      const arrives = read(terminal, 2);
      await other.write('hi');
      assert.equal(String(await arrives), 'hi');
      await other.close();
    }
  });

  it('hangs up when it is closed', async () => {
    const other = await open(terminal.path, constants.O_RDWR | constants.O_NOCTTY);
    terminal.close();
    await once(terminal.stream, 'close');
    const end = await other.read(Buffer.alloc(1)).then(
      ({ bytesRead }) => bytesRead,
      (error: unknown) => (error as NodeJS.ErrnoException).code,
    );
    assert.ok(end === 0 || end === 'EIO', String(end));
    await other.close();
  });
});
