import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { RunEvent } from '../../../src/runs/run-events.ts';
import { makeStyle } from '../../../src/cli/ui/style.ts';
import { createCanvas, line } from '../../../src/cli/watch/canvas.ts';
import { curveRows } from '../../../src/cli/watch/curve.ts';
import { frame } from '../../../src/cli/watch/frame.ts';
import { robotRows } from '../../../src/cli/watch/robot-drawing.ts';
import { afterEvent, initialWatchState, type WatchState } from '../../../src/cli/watch/watch-state.ts';
import { visible } from './terminal.ts';

const number = fc.oneof(fc.double({ noNaN: false }), fc.integer({ min: -2000, max: 2000 }));
const event: fc.Arbitrary<RunEvent> = fc.oneof(
  fc.record({
    event: fc.constant('progress' as const),
    step: fc.nat(),
    episode: fc.nat(),
    return: fc.option(number),
    updates: fc.nat(),
    stepsPerS: number,
    updatesPerS: number,
    alpha: fc.option(number),
    entropy: fc.option(number),
    qLoss: fc.option(number),
  }),
  fc.record({
    event: fc.constant('evaluation' as const),
    step: fc.nat(),
    mode: fc.constant('best' as const),
    mean: number,
    std: number,
    episodes: fc.nat(),
  }),
  fc.record({ event: fc.constant('joints' as const), positions: fc.array(number, { maxLength: 4 }) }),
  fc.record({ event: fc.constant('solved' as const), step: fc.nat(), wallS: number }),
  fc.record({
    event: fc.constant('phase' as const),
    phase: fc.constantFrom('learning' as const, 'balancing' as const),
    text: fc.string(),
    solvedReturn: number,
  }),
);
const after = (robot: string, events: readonly RunEvent[]): WatchState =>
  events.reduce((state, one) => afterEvent(state, one), initialWatchState(robot, 'task'));

describe('frame', () => {
  it('fits the terminal for any events and any size', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('pendulum', 'arm2', 'snake'),
        fc.array(event, { maxLength: 12 }),
        fc.record({
          columns: fc.integer({ min: 1, max: 200 }),
          rows: fc.integer({ min: 1, max: 70 }),
          glyphs: fc.constantFrom('braille' as const, 'ascii' as const),
        }),
        fc.boolean(),
        (robot, events, size, color) => {
          const lines = frame(after(robot, events), { ...size, style: makeStyle(color) });
          assert.ok(lines.length <= size.rows, `${lines.length} lines`);
          for (const text of lines) assert.ok(visible(text).length <= size.columns, JSON.stringify(text));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('shows title, phase, solved banner and how to stop', () => {
    const options = { columns: 80, rows: 24, style: makeStyle(false), glyphs: 'ascii' as const };
    const state = after('pendulum', [
      { event: 'phase', phase: 'balancing', text: 'balancing in real time' },
      { event: 'solved', step: 4321, wallS: 61.2 },
    ]);
    const text = frame(state, options).join('\n');
    for (const expected of [
      'softqd: training pendulum on task',
      'SOLVED after 4321 steps in 61 s',
      'balancing in real time',
      'Ctrl-C stops',
    ]) {
      assert.ok(text.includes(expected), expected);
    }
  });

  it('keeps a bounded number of points and notes', () => {
    let state = initialWatchState('pendulum', 'task');
    for (let step = 0; step < 5000; step++) {
      state = afterEvent(state, { event: 'evaluation', step, mode: 'best', mean: step, std: 0, episodes: 1 });
      state = afterEvent(state, { event: 'started', run: `r${step}`, learnerPid: null });
    }
    assert.ok(state.evaluations.length <= 1000 && state.notes.length <= 50);
    assert.deepEqual([state.evaluations[0]?.step, state.evaluations.at(-1)?.step], [0, 4999]);
  });

  it('draws the evaluations of mode best only', () => {
    const evaluation = (mode: 'best' | 'sample' | 'zero', mean: number): RunEvent => ({
      event: 'evaluation',
      step: 1,
      mode,
      mean,
      std: 0,
      episodes: 1,
    });
    const { evaluations } = after('pendulum', [
      evaluation('best', -1),
      evaluation('sample', -2),
      evaluation('zero', -3),
    ]);
    assert.deepEqual(evaluations, [{ step: 1, value: -1 }]);
  });

  it('counts each training episode once', () => {
    const progress = (episode: number): RunEvent => ({
      event: 'progress',
      step: 1,
      episode,
      return: -5,
      updates: 0,
      stepsPerS: 1,
      updatesPerS: 1,
      alpha: null,
      entropy: null,
      qLoss: null,
    });
    assert.equal(after('pendulum', [progress(0), progress(0), progress(1)]).training.length, 2);
  });
});

describe('drawings', () => {
  const size = { columns: 21, rows: 11, glyphs: 'ascii' as const };
  const dotCount = (rows: readonly string[], from: number, to: number): number =>
    rows.slice(from, to).join('').replaceAll(' ', '').length;

  it('draws the pendulum above its pivot when upright, below when hanging, left of it for a positive angle', () => {
    const up = robotRows('pendulum', [0], size);
    const down = robotRows('pendulum', [Math.PI], size);
    assert.ok(dotCount(up, 0, 5) > 0 && dotCount(up, 7, 11) === 0);
    assert.ok(dotCount(down, 0, 4) === 0 && dotCount(down, 6, 11) > 0);
    const left = robotRows('pendulum', [Math.PI / 2], size);
    assert.ok(left.some((row) => row.slice(0, 9).trim() !== '') && left.every((row) => row.slice(13).trim() === ''));
  });

  it('draws both links of the arm, and prints numbers for other robots', () => {
    const straight = robotRows('arm2', [0, 0], size);
    const folded = robotRows('arm2', [0, Math.PI], size);
    assert.ok(straight.some((row) => row.slice(17).trim() !== ''));
    assert.ok(folded.every((row) => row.slice(17).trim() === ''));
    assert.match(robotRows('ant', [0.5, -1], size).join('\n'), /joint 0 {2}0\.5[^]*joint 1 {2}-1/);
  });

  it('draws higher returns higher and later ones further right', () => {
    const data = {
      evaluations: [
        { step: 0, value: -100 },
        { step: 100, value: -10 },
      ],
      training: [],
      target: null,
    };
    const rows = curveRows(data, { columns: 40, rows: 12 }, 'ascii');
    const first = rows.findIndex((row) => row.slice(9, 13).trim() !== '');
    const last = rows.findIndex((row) => row.slice(36).trim() !== '');
    assert.ok(last >= 0 && last < first, `${last} < ${first}`);
    assert.match(rows.at(-1)!, /0 +100 steps$/);
  });

  it('maps dots to braille cells', () => {
    const canvas = createCanvas(2, 1, 'braille');
    line(canvas, [0, 0], [3, 0]);
    canvas.dot(0, 3);
    canvas.dot(99, 99);
    canvas.dot(NaN, 0);
    assert.deepEqual(canvas.rows(), ['\u2849\u2809']);
  });
});
