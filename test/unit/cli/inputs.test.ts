import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { keysOf, listenToKeys, type Key } from '../../../src/cli/key-input.ts';
import { EnterPrompt } from '../../../src/cli/enter-prompt.ts';
import { parseIdList } from '../../../src/cli/arguments.ts';

const never = new AbortController().signal;

describe('EnterPrompt', () => {
  it('reads one line from a pipe for each prompt, also one written before it', async () => {
    const stream = new PassThrough();
    const input = new EnterPrompt(stream);
    stream.write('\nyes\n');
    await input.waitForEnter(never);
    await input.waitForEnter(never);
    let third = false;
    const waiting = input.waitForEnter(never).then(() => (third = true));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(third, false);
    stream.write('\n');
    await waiting;
    input.close();
  });

  it('ignores Enter before the prompt on a terminal', async () => {
    const stream = Object.assign(new PassThrough(), { isTTY: true });
    const input = new EnterPrompt(stream);
    const first = input.waitForEnter(never);
    stream.write('\n\n\n');
    await first;
    let second = false;
    const waiting = input.waitForEnter(never).then(() => (second = true));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(second, false);
    stream.write('\n');
    await waiting;
    input.close();
  });

  it('rejects at the end of the input, without input, and when aborted', async () => {
    const stream = new PassThrough();
    const input = new EnterPrompt(stream);
    const waiting = assert.rejects(input.waitForEnter(never), { code: 'E_USAGE', message: /end of input/ });
    stream.end();
    await waiting;
    await assert.rejects(input.waitForEnter(never), { code: 'E_USAGE' });
    await assert.rejects(new EnterPrompt(undefined).waitForEnter(never), { code: 'E_USAGE' });
    const controller = new AbortController();
    const aborted = assert.rejects(new EnterPrompt(new PassThrough()).waitForEnter(controller.signal), {
      name: 'AbortError',
    });
    controller.abort();
    await aborted;
    await assert.rejects(new EnterPrompt(new PassThrough()).waitForEnter(controller.signal), { name: 'AbortError' });
  });
});

describe('terminal keys', () => {
  it('parses the escape sequences of the arrow keys, and characters', () => {
    const sent: [string, Key[]][] = [
      ['\u001b[C\u001b[D\u001b[A\u001b[B', ['right', 'left', 'up', 'down']],
      ['\u001bOC\u001bOD', ['right', 'left']],
      ['q \r', [{ text: 'q' }, 'space', 'enter']],
      ['\u0003', ['interrupt']],
      ['\u001b', ['escape']],
      // Home, F5, Shift-Right are dropped.
      ['\u001b[H\u001b[15~\u001b[1;2C', []],
    ];
    for (const [text, keys] of sent) assert.deepEqual(keysOf(text), keys, JSON.stringify(text));
  });

  it('parses any input without an error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 64 }), (text) => {
        assert.ok(keysOf(text).length <= text.length);
      }),
    );
  });

  it('reports keys in raw mode until it is closed, then restores the terminal', () => {
    const raw: boolean[] = [];
    const stream = Object.assign(new PassThrough(), { setRawMode: (on: boolean) => raw.push(on) });
    const reported: Key[] = [];
    const end = listenToKeys(stream, (key) => reported.push(key));
    stream.emit('data', Buffer.from('\u001b[Aq'));
    end();
    end();
    stream.emit('data', Buffer.from('x'));
    assert.deepEqual(
      [reported, raw],
      [
        ['up', { text: 'q' }],
        [true, false],
      ],
    );
  });
});

describe('parseIdList', () => {
  it('returns ascending, distinct IDs from 0 to 252', () => {
    assert.deepEqual(parseIdList('--ids', '6,1-3, 2'), [1, 2, 3, 6]);
    assert.equal(parseIdList('--ids', '0-252').length, 253);
    for (const text of ['', 'a', '1-', '3-1', '253', '1,,2', '-1', '1-300']) {
      assert.throws(() => parseIdList('--ids', text), { code: 'E_USAGE' }, text);
    }
  });
});
