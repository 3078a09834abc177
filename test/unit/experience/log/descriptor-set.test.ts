import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { experienceDescriptorSet } from '../../../../src/experience/log/descriptor-set.ts';
import { TOPICS } from '../../../../src/experience/log/topics.ts';
import { encodeMetrics, encodeTransition } from '../../../../src/wire/experience/experience.ts';
import { scratchDirectory, transitionAt } from '../../../support/experience/transitions.ts';
import { skipUnless } from '../../../support/skips.ts';

describe('The schemas in a log', () => {
  const scratch = scratchDirectory();
  after(() => scratch.remove());

  it('are complete for another protobuf implementation: protoc decodes messages with only these', function () {
    skipUnless(this, spawnSync('protoc', ['--version']).status === 0, 'protoc (Debian package protobuf-compiler)');
    const decode = (schema: string, message: Uint8Array): string => {
      const file = join(scratch.path, schema);
      writeFileSync(file, experienceDescriptorSet(schema));
      return execFileSync(
        'protoc',
        [`--descriptor_set_in=${file}`, `--decode=${schema}`, 'softqd/v1/experience.proto'],
        {
          input: message,
          encoding: 'utf8',
        },
      );
    };
    const transition = decode('softqd.v1.Transition', encodeTransition(transitionAt(9)));
    assert.match(transition, /^session_uuid: "01234567-89ab-8def-8123-456789abcdef"\nsequence: 9\n/);
    assert.match(transition, /terminated: true/);
    assert.match(transition, /monotonic_time_ns: 180000000/);
    const metrics = decode('softqd.v1.Metrics', encodeMetrics({ monotonicTimeNs: 1, metrics: { alpha: 0.5 } }));
    assert.equal(metrics, 'monotonic_time_ns: 1\nmetrics {\n  name: "alpha"\n  value: 0.5\n}\n');
  });

  it('exist for every topic', () => {
    for (const { schema } of Object.values(TOPICS)) assert.ok(experienceDescriptorSet(schema).length > 50);
  });
});
