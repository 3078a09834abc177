import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FIRMWARE_DIRECTORY, hasProgram, make, writeVectorsHeader } from '../../support/firmware.ts';
import { skipUnless } from '../../support/skips.ts';

const build = join(FIRMWARE_DIRECTORY, 'build');

describe("the firmware's core", function () {
  this.timeout(120_000);

  it('passes its tests under AddressSanitizer and UndefinedBehaviorSanitizer, with the vectors of the host', function () {
    skipUnless(this, hasProgram('cc') && hasProgram('make'), 'a C compiler and make (Debian: build-essential)');
    writeVectorsHeader(build);
    const output = make('test', build);
    assert.match(output, /^\d{6,} checks, 0 failures$/m);
    assert.ok(output.split('\n').filter((line) => line.startsWith('ok ')).length >= 43, output);
  });

  it('allocates nothing and calls nothing but memory and string functions', function () {
    skipUnless(
      this,
      hasProgram('cc') && hasProgram('nm') && hasProgram('make'),
      'a C compiler, nm and make (Debian: build-essential)',
    );
    make('core-object', build);
    const { stdout } = spawnSync('nm', ['--undefined-only', join(build, 'core.o')], { encoding: 'utf8' });
    const needed = stdout.split('\n').flatMap((line) => /\bU (\S+)/.exec(line)?.[1] ?? []);
    assert.deepEqual(needed.sort(), ['memcmp', 'memcpy', 'memmove', 'memset', 'strcmp', 'strlen']);
  });

  it('neither crashes nor drives while disarmed under libFuzzer', function () {
    skipUnless(
      this,
      hasProgram('clang') && hasProgram('make'),
      'clang with libFuzzer (Debian: clang, libclang-rt-14-dev)',
    );
    const output = make('fuzz', build, { FUZZ_FLAGS: '-runs=15000 -seed=1' });
    assert.match(output, /stat::number_of_executed_units: 15\d{3}/);
  });

  it('has the messages of link.proto', function () {
    skipUnless(this, existsSync('/usr/bin/nanopb_generator.py'), 'the nanopb generator (Debian: nanopb)');
    const fresh = mkdtempSync(join(tmpdir(), 'softqd-nanopb-'));
    try {
      make('generate', build, { OUT: fresh });
      for (const file of ['softqd/v1/link.pb.c', 'softqd/v1/link.pb.h']) {
        assert.equal(
          readFileSync(join(FIRMWARE_DIRECTORY, 'generated', file), 'utf8'),
          readFileSync(join(fresh, file), 'utf8'),
          `${file}: make generate`,
        );
      }
    } finally {
      rmSync(fresh, { recursive: true });
    }
  });
});
