import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type IsaName, loadAddon, type NativeAddon } from '../../../src/addon/index.ts';
import { requireAddon } from '../../support/addon.ts';

function reasonOf(env: Record<string, string>): string {
  const found = loadAddon(env);
  return found.addon === null ? found.reason : '';
}

describe('the native addon', () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'softqd-addon-'));
  });
  after(() => {
    rmSync(directory, { recursive: true });
  });

  it('returns a reason, not an error, when it is missing', () => {
    assert.match(reasonOf({ SOFTQD_ADDON: join(directory, 'missing.node') }), /^not built/);
    assert.match(reasonOf({ SOFTQD_ADDON: 'none' }), /disabled by SOFTQD_ADDON=none/);
  });

  it('returns a one-line reason when it was built for another machine', () => {
    const path = join(directory, 'foreign.node');
    // An ELF header with an unassigned machine number.
    const header = Buffer.alloc(64);
    header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0xb7, 0x7f]);
    writeFileSync(path, header);
    const reason = reasonOf({ SOFTQD_ADDON: path });
    assert.match(reason, /built for a different Node.js version, operating system or CPU/);
    assert.doesNotMatch(reason, /\n/);
  });

  it('rejects another version before any function is called', () => {
    const path = join(directory, 'old.cjs');
    writeFileSync(path, 'module.exports = { abi: 0, isas() { throw 1; } };');
    assert.match(reasonOf({ SOFTQD_ADDON: path }), /different softqd version \(0, expected \d+\)/);
  });

  describe('built here', () => {
    let addon: NativeAddon;
    let isas: readonly IsaName[];
    before(function () {
      ({ addon } = requireAddon(this));
      isas = addon.isas();
    });

    it('selects the best instruction set or that of SOFTQD_ISA, or lists the available ones', () => {
      for (const isa of isas) {
        const found = loadAddon({ SOFTQD_ISA: isa });
        assert.equal(found.addon === null ? null : found.isa, isa);
      }
      const best = loadAddon({});
      assert.equal(best.addon === null ? null : best.isa, isas[0]);
      assert.match(reasonOf({ SOFTQD_ISA: 'sparc' }), /SOFTQD_ISA=sparc is not available here, only .*portable/);
    });

    it('computes every kernel like double precision, on every instruction set of this processor', () => {
      assert.ok(isas.includes('portable'));
      for (const isa of isas) assert.equal(addon.selfTest(isa), null, isa);
    });

    it('rejects invalid arguments', () => {
      assert.throws(() => addon.selfTest('sparc' as IsaName), /no kernels 'sparc'/);
      assert.throws(() => addon.gemmPeak('portable', 0, 1, 1, 1), /sizes from 1/);
      assert.throws(() => new addon.NativeEngine({ isa: 'portable' }), /observationSize must be a number/);
      assert.throws(() => new addon.NativePolicy(undefined as never), /options expected/);
      assert.throws(() => new addon.NativeTicker(NaN, () => undefined), /10 microseconds/);
    });
  });
});
