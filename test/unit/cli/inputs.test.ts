import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { keysOf, listenToKeys, type Key } from '../../../src/cli/key-input.ts';
import { enterPrompt } from '../../../src/cli/enter-prompt.ts';
import { parseIdList } from '../../../src/cli/arguments.ts';

const never = new AbortController().signal;

describe('Enter from standard input', () => {
  it('is one line a question, in order, also when it came before the question', async () => {
    const stream = new PassThrough();
    const input = enterPrompt(stream);
    stream.write('\nyes\n');
    await input.enter(never);
    await input.enter(never);
    let third = false;
    const waiting = input.enter(never).then(() => (third = true));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(third, false);
    stream.write('\n');
    await waiting;
    input.close();
  });

  it('counts on a terminal only after the question', async () => {
    const stream = Object.assign(new PassThrough(), { isTTY: true });
    const input = enterPrompt(stream);
    const first = input.enter(never);
    stream.write('\n\n\n');
    await first;
    let second = false;
    const waiting = input.enter(never).then(() => (second = true));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(second, false);
    stream.write('\n');
    await waiting;
    input.close();
  });

  it('is refused when the input has ended or none found, and given up when it is aborted', async () => {
    const stream = new PassThrough();
    const input = enterPrompt(stream);
    const waiting = assert.rejects(input.enter(never), { code: 'E_USAGE', message: /input ended/ });
    stream.end();
    await waiting;
    await assert.rejects(input.enter(never), { code: 'E_USAGE' });
    await assert.rejects(enterPrompt(undefined).enter(never), { code: 'E_USAGE' });
    const controller = new AbortController();
    const aborted = assert.rejects(enterPrompt(new PassThrough()).enter(controller.signal), { name: 'AbortError' });
    controller.abort();
    await aborted;
    await assert.rejects(enterPrompt(new PassThrough()).enter(controller.signal), { name: 'AbortError' });
  });
});

describe('keys of a terminal', () => {
  it('are known by what terminals send', () => {
    const sent: [string, Key[]][] = [
      ['\u001b[C\u001b[D\u001b[A\u001b[B', ['right', 'left', 'up', 'down']],
      ['\u001bOC\u001bOD', ['right', 'left']],
      ['q \r', [{ text: 'q' }, 'space', 'enter']],
      ['\u0003', ['interrupt']],
      ['\u001b', ['escape']],
      // Home, F5, Shift-Right: none of ours, and nothing is left of them.
      ['\u001b[H\u001b[15~\u001b[1;2C', []],
    ];
    for (const [text, keys] of sent) assert.deepEqual(keysOf(text), keys, JSON.stringify(text));
  });

  it('never hang and never throw, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 64 }), (text) => {
        assert.ok(keysOf(text).length <= text.length);
      }),
    );
  });

  it('are listened to in raw mode until the end, which gives the terminal back', () => {
    const raw: boolean[] = [];
    const stream = Object.assign(new PassThrough(), { setRawMode: (on: boolean) => raw.push(on) });
    const heard: Key[] = [];
    const end = listenToKeys(stream, (key) => heard.push(key));
    stream.emit('data', Buffer.from('\u001b[Aq'));
    end();
    end();
    stream.emit('data', Buffer.from('x'));
    assert.deepEqual(
      [heard, raw],
      [
        ['up', { text: 'q' }],
        [true, false],
      ],
    );
  });
});

describe('a list of ids', () => {
  it('is ascending, distinct and within 0 to 252', () => {
    assert.deepEqual(parseIdList('--ids', '6,1-3, 2'), [1, 2, 3, 6]);
    assert.equal(parseIdList('--ids', '0-252').length, 253);
    for (const text of ['', 'a', '1-', '3-1', '253', '1,,2', '-1', '1-300']) {
      assert.throws(() => parseIdList('--ids', text), { code: 'E_USAGE' }, text);
    }
  });
});
