import assert from 'node:assert/strict';
import { SoftqdError } from '../../../src/base/errors.ts';
import { parseChoiceFlag, parseHostPort, parseNumberFlag, parseSettings } from '../../../src/cli/arguments.ts';

function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (thrown) {
    assert.ok(thrown instanceof SoftqdError);
    return thrown.code;
  }
  return 'none';
}

describe('flag values', () => {
  it('accepts numbers in their range and rejects other values', () => {
    const range = { min: 0, max: 100, integer: true };
    assert.equal(parseNumberFlag('--n', '42', range), 42);
    assert.equal(parseNumberFlag('--n', '1e2', range), 100);
    for (const text of ['', ' ', '-1', '101', '4.5', '12x', '0x10', 'NaN', 'Infinity', '1e999']) {
      assert.equal(
        codeOf(() => parseNumberFlag('--n', text, range)),
        'E_USAGE',
        JSON.stringify(text),
      );
    }
  });

  it('names the allowed values of a choice', () => {
    assert.equal(parseChoiceFlag('--mode', 'zero', ['sample', 'zero']), 'zero');
    assert.throws(
      () => parseChoiceFlag('--mode', 'none', ['sample', 'zero']),
      /--mode is "none" but must be one of sample, zero/,
    );
  });

  it('parses HOST:PORT, also with IPv6', () => {
    assert.deepEqual(parseHostPort('--listen', '127.0.0.1:0'), { host: '127.0.0.1', port: 0 });
    assert.deepEqual(parseHostPort('--listen', '[::1]:8741'), { host: '::1', port: 8741 });
    for (const text of ['8741', ':8741', 'host', 'host:', 'host:99999', '::1:80', 'a b:1', 'host:1x']) {
      assert.equal(
        codeOf(() => parseHostPort('--listen', text)),
        'E_USAGE',
        text,
      );
    }
  });

  it('splits --set at the first equals sign and rejects missing or repeated keys', () => {
    assert.deepEqual(parseSettings(['a.b=1', 'c.d=x=y', 'e.f=']), { 'a.b': '1', 'c.d': 'x=y', 'e.f': '' });
    for (const texts of [['a.b'], ['=1'], [''], ['a=1', 'a=2']])
      assert.equal(
        codeOf(() => parseSettings(texts)),
        'E_USAGE',
      );
  });
});
