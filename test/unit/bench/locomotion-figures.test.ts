import assert from 'node:assert/strict';
import { SaxesParser } from 'saxes';
import { learnerFigure, learningCurves } from '../../../bench/support/locomotion-figures.ts';
import type { Stage } from '../../../bench/support/locomotion-stage.ts';

interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The elements of a well-formed SVG in order. */
function elementsOf(svg: string): Element[] {
  const elements: Element[] = [];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => elements.push({ name, attributes: attributes }));
  parser.write(svg).close();
  return elements;
}

function stage(task: string, seed: number, steps: number, parts: Partial<Stage> = {}): Stage {
  const returns = { best: steps / 20 + 100 * seed, sample: steps / 25 };
  return { task, label: 'default', seed, steps, returns, wallS: 1, machine: 'test', ...parts };
}

const twoSeeds = [1, 2].flatMap((seed) => [50_000, 100_000].map((steps) => stage('HalfCheetah-v5', seed, steps)));

describe('the figures of bench:locomotion', () => {
  it('draw one chart a task with the mean, the range over seeds, and the published points', () => {
    const svg = learningCurves([...twoSeeds, stage('Reacher-v5', 1, 50_000)]);
    const elements = elementsOf(svg);
    assert.match(svg, />HalfCheetah-v5, 2 seeds</);
    assert.match(svg, />Reacher-v5, 1 seed</);
    assert.equal(elements.filter(({ name }) => name === 'svg').length, 3);
    const circles = (color: number): number =>
      elements.filter(({ name, attributes }) => name === 'circle' && attributes['class'] === `f${color}`).length;
    // best: two steps of the cheetah, one of the reacher; SAC and best published: the cheetah at 100,000 steps, none of the reacher.
    assert.deepEqual([circles(1), circles(2), circles(3), circles(4)], [3, 3, 1, 1]);
    const bands = elements.filter(({ name }) => name === 'polygon');
    assert.equal(bands.length, 2);
    // At 50,000 steps the range of `best` is 2600 to 2700: its ends lie above each other.
    const [first = '', , , last = ''] = bands[0]!.attributes['points']!.split(' ');
    assert.equal(first.split(',')[0], last.split(',')[0]);
    assert.notEqual(first.split(',')[1], last.split(',')[1]);
  });

  it("draw the learner's numbers where results have them", () => {
    const learner = { alpha: 0.01, entropy: -6, entropyFitted: -5.5, criticBias: 0.2, logDeterminantSpread: 1 };
    const partly = { ...learner, criticBias: null };
    const stages = [
      stage('HalfCheetah-v5', 1, 50_000, { learner: partly }),
      stage('HalfCheetah-v5', 1, 100_000, { learner }),
      stage('Hopper-v5', 1, 100_000),
    ];
    const svg = learnerFigure(stages);
    const circles = elementsOf(svg).filter(({ name }) => name === 'circle');
    // One bias, two reported entropies, two fitted, two alphas.
    assert.equal(circles.length, 7);
    assert.match(svg, />HalfCheetah-v5, 1 seed: bias of the critics, normalized reward</);
    assert.doesNotMatch(svg, /Hopper/);
  });
});
