import assert from 'node:assert/strict';
import { sha256Hex } from '../../../src/base/digest-adapter.ts';
import {
  decodePolicy,
  encodePolicy,
  encodeSafetensors,
  decodeSafetensors,
  policyShapes,
} from '../../../src/policy/index.ts';
import { randomPolicy, SMALL_META } from '../../support/policies.ts';
import { layers, UNEVEN } from '../../support/networks.ts';

const LIMITS = { maxBytes: 1 << 20 };

/** The file with another header text and the same data. */
function withHeader(bytes: Uint8Array, change: (header: Record<string, unknown>) => void): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const size = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + size))) as Record<string, unknown>;
  change(header);
  const text = new TextEncoder().encode(JSON.stringify(header));
  const out = new Uint8Array(8 + text.length + bytes.length - 8 - size);
  new DataView(out.buffer).setBigUint64(0, BigInt(text.length), true);
  out.set(text, 8);
  out.set(bytes.subarray(8 + size), 8 + text.length);
  return out;
}

/** The file with another description and a matching checksum. */
function forged(bytes: Uint8Array, key: string, value: string): Uint8Array {
  const { tensors, metadata } = decodeSafetensors(bytes);
  const changed = new Map([...metadata, [key, value]]);
  changed.delete('checksum');
  const open = encodeSafetensors({ tensors, metadata: changed });
  const end = 8 + Number(new DataView(open.buffer).getBigUint64(0, true));
  const text = new TextEncoder().encode(new TextDecoder().decode(open.subarray(8, end)).trimEnd());
  const checksum = sha256Hex(Uint8Array.from([...text, ...open.subarray(end)]));
  return encodeSafetensors({ tensors, metadata: new Map([...changed, ['checksum', checksum]]) });
}

describe('a policy file', () => {
  it('returns the numbers that were written', () => {
    const snapshot = randomPolicy({ parent: 'ab'.repeat(32), ...UNEVEN, criticCount: 1, latentSkip: 0.25 });
    const back = decodePolicy(encodePolicy(snapshot), LIMITS);
    assert.deepEqual(back.meta, snapshot.meta);
    assert.deepEqual(new Map(back.tensors), new Map([...snapshot.tensors].sort()));
  });

  it('has the same bytes for any order of tensors and keys', () => {
    const snapshot = randomPolicy();
    const turned = {
      meta: { ...snapshot.meta, algorithm: { nested: { a: [1, 2], b: 1 }, latent: 'normal', preset: 'default' } },
      tensors: new Map([...snapshot.tensors].reverse()),
    };
    assert.deepEqual(encodePolicy(turned), encodePolicy(snapshot));
  });

  it('is rejected when truncated at any byte', () => {
    const bytes = encodePolicy(randomPolicy());
    for (let length = 0; length < bytes.length; length += length < 64 ? 1 : 97) {
      assert.throws(
        () => decodePolicy(bytes.subarray(0, length), LIMITS),
        { code: 'E_POLICY_FILE' },
        `${length} bytes`,
      );
    }
  });

  it('is rejected when any byte was changed', () => {
    const bytes = encodePolicy(randomPolicy());
    for (let at = 0; at < bytes.length; at += 13) {
      const altered = bytes.slice();
      altered[at] = altered[at]! ^ 0x04;
      assert.throws(() => decodePolicy(altered, LIMITS), { code: 'E_POLICY_FILE' }, `byte ${at}`);
    }
  });

  it('is rejected when it, or the size in its header, exceeds the maximum', () => {
    const bytes = encodePolicy(randomPolicy());
    assert.throws(() => decodePolicy(bytes, { maxBytes: bytes.length - 1 }), { code: 'E_POLICY_FILE' });
    const huge = bytes.slice();
    new DataView(huge.buffer).setBigUint64(0, 1n << 62n, true);
    assert.throws(() => decodePolicy(huge, LIMITS), { code: 'E_POLICY_FILE', message: /header size \d+ exceeds/ });
  });

  it('is rejected with NaN or infinity, when written and when read', () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      const snapshot = randomPolicy();
      snapshot.tensors.get('critic1.0.bias')!.data[2] = bad;
      assert.throws(() => encodePolicy(snapshot), { code: 'E_POLICY_NON_FINITE', message: /critic1\.0\.bias/ });
    }
  });

  it('contains exactly the tensors of its description', () => {
    const missing = randomPolicy();
    assert.throws(() => encodePolicy({ ...missing, tensors: new Map([...missing.tensors].slice(1)) }), {
      code: 'E_POLICY_FILE',
    });
    const extra = new Map([...missing.tensors, ['more', { shape: [1], data: new Float32Array(1) }]]);
    assert.throws(() => encodePolicy({ ...missing, tensors: extra }), { code: 'E_POLICY_FILE', message: /more/ });
    assert.throws(() => encodePolicy({ ...missing, meta: { ...missing.meta, ...layers([5, 5], true) } }), {
      code: 'E_POLICY_FILE',
      message: /shape/,
    });
  });

  it('is rejected with any invalid header', () => {
    const bytes = encodePolicy(randomPolicy());
    const changes: ((header: Record<string, unknown>) => void)[] = [
      (header) => delete header['__metadata__'],
      (header) => (header['__metadata__'] = { format: 3 }),
      (header) => (header['sampler.0.bias'] = null),
      (header) => (header['sampler.0.bias'] = { dtype: 'F64', shape: [5], data_offsets: [0, 40] }),
      (header) => (header['sampler.0.bias'] = { dtype: 'F32', shape: [-5], data_offsets: [0, 20] }),
      (header) => (header['sampler.0.bias'] = { dtype: 'F32', shape: [5], data_offsets: [4, 24] }),
      (header) => (header['sampler.0.bias'] = { dtype: 'F32', shape: [1e9, 1e9], data_offsets: [0, 4e18] }),
      (header) => (header['more'] = { dtype: 'F32', shape: [0], data_offsets: [0, 0] }),
    ];
    for (const change of changes) {
      assert.throws(
        () => decodePolicy(withHeader(bytes, change), LIMITS),
        { code: 'E_POLICY_FILE' },
        change.toString(),
      );
    }
    assert.throws(() => decodePolicy(Uint8Array.from([2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x5b]), LIMITS), {
      code: 'E_POLICY_FILE',
    });
  });

  it('is rejected in another format version, which the message names', () => {
    assert.throws(() => decodePolicy(forged(encodePolicy(randomPolicy()), 'formatVersion', '1'), LIMITS), {
      code: 'E_POLICY_FILE',
      message: /format version "1", this softqd reads version 2 only/,
    });
  });

  it('rejects numbers of its description outside their bounds', () => {
    const bytes = encodePolicy(randomPolicy());
    assert.equal(decodePolicy(forged(bytes, 'task', 'other'), LIMITS).meta.task, 'other');
    for (const [key, value] of [
      ['samplerLayers', '[1e9]'],
      ['samplerLayers', '[{"kind":"dense","width":5}'],
      ['criticLayers', '[{"kind":"dense","width":1e9}]'],
      ['criticLayers', '[{"kind":"layerNorm"}]'],
      ['observationNames', '[]'],
      ['criticCount', '6'],
      ['latentSkip', 'much'],
      ['latentSize', '-1'],
      ['algorithm', '[]'],
      ['parent', 'x'],
      ['step', '1e3'],
    ] as const) {
      assert.throws(() => decodePolicy(forged(bytes, key, value), LIMITS), {
        code: 'E_POLICY_FILE',
        message: new RegExp(key),
      });
    }
  });

  it('is an ordinary safetensors file: header padded to eight bytes, float32, text metadata', () => {
    const bytes = encodePolicy(randomPolicy());
    const size = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    assert.equal(size % 8, 0);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + size))) as Record<
      string,
      Record<string, unknown>
    >;
    for (const value of Object.values(header['__metadata__']!)) assert.equal(typeof value, 'string');
    assert.deepEqual(
      Object.keys(header).filter((name) => name !== '__metadata__'),
      [...policyShapes(SMALL_META).keys()].sort(),
    );
  });
});
