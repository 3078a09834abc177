import assert from 'node:assert/strict';
import sinon from 'sinon';
import { SoftqdError } from '../../../src/base/errors.ts';
import { createUi } from '../../../src/cli/ui/create-ui.ts';
import { Redraw } from '../../../src/cli/ui/redraw.ts';
import { doneText, runEventText, runLiveLine } from '../../../src/cli/ui/event-lines.ts';
import { afterEvent, withNote, type WatchState } from '../../../src/cli/watch/watch-state.ts';
import type { RunEvent } from '../../../src/runs/run-events.ts';
import { StopRequests } from '../../../src/runs/stop-requests/index.ts';
import { recordingIo, visible } from './terminal.ts';

const stops = new StopRequests();
type Event =
  RunEvent | { readonly event: 'done'; readonly ticks: number; readonly latenessUs: object; readonly clips: object };
const format = {
  liveLine: runLiveLine,
  text: (event: Event) => (event.event === 'done' ? doneText(event) : runEventText(event)),
};
const progressDisplay = { json: false, display: { kind: 'progress', ...format } } as const;
const watchDisplay = {
  json: false,
  display: {
    kind: 'watch',
    robot: 'pendulum',
    task: 'Pendulum-v1',
    ...format,
    update: (state: WatchState, event: Event) =>
      event.event === 'done' ? withNote(state, doneText(event)) : afterEvent(state, event),
  },
} as const;
const progress = (step: number): RunEvent => ({
  event: 'progress',
  step,
  stepsTotal: 1000,
  episode: 1,
  return: -153.25,
  updates: 7,
  stepsPerS: 812.3,
  updatesPerS: 799,
  alpha: 0.21,
  entropy: null,
  qLoss: null,
  latenessP99Us: 153,
});

describe('--json', () => {
  it('prints one object per line on stdout, messages on stderr, an error as an object, and no joints', () => {
    const io = recordingIo({ columns: 80, rows: 24 });
    const ui = createUi(io, { ...watchDisplay, json: true }, stops);
    ui.event(progress(1));
    ui.event({ event: 'joints', positions: [1] });
    ui.info('a message');
    ui.error(new SoftqdError('E_DISK', 'full', { values: { free: 0 } }));
    ui.close();
    const lines = io.stdout.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      lines.map((line) => line['event'] ?? 'error'),
      ['progress', 'error'],
    );
    assert.equal((lines[1]!['error'] as Record<string, unknown>)['code'], 'E_DISK');
    assert.equal(io.stderr.text, 'a message\n');
  });
});

describe('plain output', () => {
  it('prints progress every few seconds and other events at once, without control codes', () => {
    const io = recordingIo(null);
    const ui = createUi(io, watchDisplay, stops);
    for (let step = 0; step < 100; step++) {
      io.now += 100;
      ui.event(progress(step));
      ui.event({ event: 'joints', positions: [1] });
    }
    ui.event({ event: 'evaluation', step: 99, mode: 'best', mean: -140.2, std: 80, episodes: 10 });
    ui.close();
    const lines = io.stdout.text.trimEnd().split('\n');
    assert.equal(lines.length, 3);
    assert.match(
      lines[0]!,
      /^step 0\/1000 \(0 %\) {2}812 steps\/s {2}799 updates\/s {2}return -153\.3 {2}alpha 0\.21 {2}late p99 153 us$/,
    );
    assert.match(lines[2]!, /evaluation \(best\) mean -140\.2, std 80, 10 episodes/);
    assert.ok(!io.stdout.text.includes('\u001b'));
  });

  it('prints results as the command formats them, and errors on stderr with code and hint', () => {
    const io = recordingIo(null);
    const ui = createUi<{ mean: number }>(
      io,
      { json: false, display: { kind: 'results', print: ({ mean }) => `mean ${mean}\n` } },
      stops,
    );
    ui.event({ mean: 3 });
    ui.error(new SoftqdError('E_DATA_DIRECTORY', 'cannot write /x'));
    assert.equal(io.stdout.text, 'mean 3\n');
    assert.equal(
      io.stderr.text,
      'error: cannot write /x [E_DATA_DIRECTORY]\n  -> Choose a writable directory with --data DIR.\n',
    );
  });

  it('removes control characters from text', () => {
    const io = recordingIo(null);
    const ui = createUi(io, progressDisplay, stops);
    ui.info('\u001b]0;title\u0007 \u009b2J');
    ui.error(new SoftqdError('E_FRAME_INVALID', 'got \u001b[2J'));
    ui.event({ event: 'phase', phase: 'learning', text: '\u001b[31m' });

    assert.ok(!/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(io.stdout.text + io.stderr.text));
  });

  it('is used on a dumb terminal', () => {
    const io = recordingIo({ columns: 80, rows: 24 }, { TERM: 'dumb' });
    const ui = createUi(io, watchDisplay, stops);
    ui.event(progress(1));
    ui.close();
    assert.ok(!io.stdout.text.includes('\u001b'));
  });
});

describe('live line', () => {
  it('is rewritten, fits the width, and leaves messages and events above it', () => {
    const io = recordingIo({ columns: 60, rows: 24 });
    const ui = createUi(io, progressDisplay, stops);
    ui.event(progress(1));
    ui.info('a note');
    ui.event({ event: 'solved', step: 5, wallS: 2 });
    io.now = 1000;
    ui.event(progress(2));
    ui.close();
    assert.ok(
      !io.stdout.text
        .slice(0, -1)
        .split('\n')
        .some((line) => visible(line.split('\r').at(-1)!).length > 59),
    );
    assert.match(visible(io.stdout.text), /solved after 5 steps, 2 s\n/);
    assert.match(io.stdout.text, /\rstep|\r\u001b\[Kstep 2\/1000/);
    assert.ok(io.stdout.text.endsWith('\n'));
    assert.equal(io.stderr.text, 'a note\n');
  });

  it('keeps the last numbers and prints the result below, in rows', () => {
    const io = recordingIo({ columns: 80, rows: 24 });
    const ui = createUi(io, progressDisplay, stops);
    ui.event(progress(1000));
    ui.event({ event: 'done', ticks: 40, latenessUs: { p50: 1.25, p99: 3 }, clips: {} });
    ui.close();
    assert.match(
      visible(io.stdout.text),
      /step 1000\/1000[^\n]*\ndone\n {2}ticks {7}40\n {2}latenessUs {2}p50 1\.25, p99 3\n {2}clips {7}-\n$/,
    );
  });

  it('uses color on a terminal and none with NO_COLOR', () => {
    const error = new SoftqdError('E_DISK', 'full');
    const colored = recordingIo({ columns: 80, rows: 24 });
    createUi(colored, progressDisplay, stops).error(error);
    assert.ok(colored.stderr.text.includes('\u001b[31m'));
    const plain = recordingIo({ columns: 80, rows: 24 }, { NO_COLOR: '1' });
    createUi(plain, progressDisplay, stops).error(error);
    assert.ok(!plain.stderr.text.includes('\u001b'));
  });
});

describe('watch view', () => {
  const open = (size: { columns: number; rows: number }, env: Record<string, string> = {}) => {
    const io = recordingIo(size, env);
    return { io, ui: createUi(io, watchDisplay, stops) };
  };

  it('uses the alternate screen without cursor and restores both once', () => {
    const { io, ui } = open({ columns: 80, rows: 24 });
    ui.event(progress(1));
    ui.info('run at /some/where');
    ui.close();
    ui.close();
    const { text } = io.stdout;
    assert.ok(text.startsWith('\u001b[?1049h\u001b[?25l'));
    assert.equal(text.split('\u001b[?25h\u001b[?1049l').length, 2);
    assert.match(
      visible(text.split('\u001b[?1049l')[1]!),
      /softqd: training pendulum on Pendulum-v1[^]*run at \/some\/where\n$/,
    );
  });

  it('restores the terminal before it prints an error', () => {
    const { io, ui } = open({ columns: 80, rows: 24 });
    ui.error(new SoftqdError('E_SIMULATOR_LOST', 'gone'));
    assert.ok(io.stdout.text.includes('\u001b[?25h\u001b[?1049l'));
    assert.match(visible(io.stderr.text), /gone \[E_SIMULATOR_LOST\]/);
    ui.close();
  });

  it('draws at most ten times a second, and the latest state at the end', () => {
    const clock = sinon.useFakeTimers();
    try {
      const { io, ui } = open({ columns: 80, rows: 24 });
      for (let i = 0; i < 1000; i++) {
        io.now += 1;
        clock.tick(1);
        ui.event(progress(i));
      }
      io.now += 100;
      clock.tick(100);
      const frames = io.stdout.text.split('\u001b[H').length - 1;
      assert.ok(frames >= 9 && frames <= 12, `${frames} frames in 1.1 s`);
      assert.match(io.stdout.text.split('\u001b[H').at(-1)!, /step 999\/1000/);
      ui.close();
    } finally {
      clock.restore();
    }
  });

  it('draws again when the size of the terminal changes', () => {
    const { io, ui } = open({ columns: 80, rows: 24 });
    io.now = 1000;
    io.stdout.resize(40, 12);
    const last = visible(io.stdout.text.split('\u001b[H').at(-1)!);
    assert.ok(last.split('\r\n').every((line) => line.length <= 40));
    ui.close();
  });

  it('draws in braille with a UTF-8 locale and in ASCII otherwise', () => {
    const drawn = (env: Record<string, string>): string => {
      const { io, ui } = open({ columns: 80, rows: 24 }, env);
      ui.event({ event: 'joints', positions: [0] });
      ui.close();
      return io.stdout.text;
    };
    assert.match(drawn({ LANG: 'en_GB.UTF-8' }), /[\u2801-\u28ff]/);

    assert.ok(!/[^\u0000-\u007f]/.test(drawn({ LANG: 'C' })));
    assert.ok(!/[\u2801-\u28ff]/.test(drawn({ LANG: 'en_GB.UTF-8', LC_ALL: 'POSIX' })));
  });
});

describe('Redraw', () => {
  it('draws at once when idle, then at the end of the interval, and not after stop', () => {
    const clock = sinon.useFakeTimers();
    try {
      const draw = sinon.spy();
      const redraw = new Redraw(draw, () => Date.now(), 100);
      redraw.request();
      assert.equal(draw.callCount, 1);
      redraw.request();
      redraw.request();
      clock.tick(99);
      assert.equal(draw.callCount, 1);
      clock.tick(1);
      assert.equal(draw.callCount, 2);
      redraw.request();
      redraw.stop();
      clock.tick(1000);
      assert.equal(draw.callCount, 2);
    } finally {
      clock.restore();
    }
  });
});
