import assert from 'node:assert/strict';
import { LogSummarizer, reportPage, type MultiGoalData, type ReportData } from '../../../src/report/index.ts';
import { parseCurve } from '../../../src/runs/curve.ts';
import { sampleField } from '../../../src/report/contours.ts';
import type { Transition } from '../../../src/robot/transition.ts';
import { parseHtml, tableRows } from '../../support/html.ts';

const CURVE = `step,episode,mode,mean,std,updates,alpha,entropy,wallS
1000,4,best,-1365.0692837725805,329.76102252491114,1,0.19999999398584362,0.14728419623068514,16.464
1000,4,sample,-1358.288547405525,340.2579879747988,1,0.19999999398584362,,17.76
1000,4,zero,-1370.3638966981214,354.68137799378695,1,0.19999999398584362,0.14728419623068514,18.904
2000,9,best,-164.5,12.25,1001,0.1,-1,36
2000,9,sample,-170,20,1001,0.1,-1,36.5
2000,9,zero,-160,1e-7,1001,0.1,-1,37.25
2500,11,be`;

const transition = (changes: Partial<Transition>): Transition => ({
  sessionUuid: 'u',
  sequence: 0,
  episode: 0,
  step: 0,
  observation: new Float32Array(1),
  proposedAction: new Float32Array(1),
  appliedAction: new Float32Array(1),
  reasonCodes: [],
  reward: 0,
  terminated: false,
  truncated: false,
  nextObservation: new Float32Array(1),
  policyVersion: 0,
  monotonicTimeNs: 0,
  ...changes,
});

function log(): LogSummarizer {
  const summary = new LogSummarizer();
  const add = (changes: Partial<Transition>): void =>
    summary.add({ kind: 'transition', logTimeNs: 0, transition: transition(changes) });
  add({ episode: 0, reward: 1, reasonCodes: [1, 2] });
  add({ episode: 1, reward: 10, reasonCodes: [2] });
  add({ episode: 0, reward: 2, truncated: true });
  add({ episode: 1, reward: 20, terminated: true });
  add({ episode: 2, reward: 500 });
  for (const steps of [100, 200])
    summary.add({
      kind: 'metrics',
      logTimeNs: 0,
      metrics: { monotonicTimeNs: 0, metrics: { steps, alpha: 0.5, qLoss: 1 / steps, criticBias: -3 } },
    });
  const event = { monotonicTimeNs: 0, level: 'warning', code: 'E_ODD', message: 'first <b>&</b>' } as const;
  summary.add({ kind: 'event', logTimeNs: 0, event });
  summary.add({ kind: 'event', logTimeNs: 0, event: { ...event, message: 'second' } });
  return summary;
}

const report = (changes: Partial<ReportData> = {}): ReportData => ({
  run: {
    id: 'RUN-ID',
    robot: 'pendulum',
    task: 'Pendulum-v1',
    preset: 'default',
    seed: 17,
    simulators: 1,
    command: 'pretrain',
    mode: 'lock-step',
    startedAt: '2026-01-02T03:04:05.678Z',
    softqdVersion: '9.8.7',
    identity: 'abcdef',
    sessionUuid: 'session-1',
    parentPolicySha256: null,
    discount: 0.99,
    horizon: 200,
    engine: 'native avx2, 1 thread',
    learner: { batchSize: 64 },
  },
  curve: parseCurve(CURVE),
  log: log(),
  policySha256: 'fedcba',
  multiGoal: null,
  gaps: [],
  ...changes,
});

function multiGoal(): MultiGoalData {
  const q = sampleField(11, { from: -1, to: 1 }, (x, y) => x * x - y);
  return {
    reward: sampleField(15, { from: -7, to: 7 }, (x, y) => -x * x - y * y),
    rollouts: [
      {
        path: [
          [0, 0],
          [1, 0],
          [2, 0.5],
        ].map(([x, y]) => [x!, y!] as const),
        return: -100,
        outcome: 'goal0',
      },
      {
        path: [
          [0, 0],
          [0, -1],
        ].map(([x, y]) => [x!, y!] as const),
        return: -300,
        outcome: 'none',
      },
    ],
    states: [{ state: [-2, 0], q, particles: [[0.5, -0.5]] }],
    alpha: 10,
  };
}

describe('a run report', () => {
  it('is one page of well-formed HTML without scripts and without network access', () => {
    for (const data of [report(), report({ multiGoal: multiGoal() }), report({ curve: [], log: null })]) {
      const html = reportPage(data);
      const elements = parseHtml(html);
      assert.equal(elements.get('h1'), 1);
      for (const element of ['script', 'link', 'img', 'iframe', 'image', 'use', 'a'])
        assert.equal(elements.get(element) ?? 0, 0, element);
      assert.doesNotMatch(html, /https?:|\/\/[a-z]|url\(|@import|\bsrc=|\bhref=|\bon[a-z]+=/i);
      assert.match(html, /prefers-color-scheme:dark/);
      assert.match(html, /name="viewport"/);
      assert.doesNotMatch(html, /NaN|Infinity|undefined|\bnull\b/);
    }
  });

  it('shows every value of curve.csv exactly, and no point for an empty field', () => {
    const lines = CURVE.split('\n').slice(1, -1);
    const rows = tableRows(reportPage(report()), 'numbers');
    assert.deepEqual(
      rows.map((row) => row.join()),
      lines.map((line) => line.replace(',,', ',–,')),
    );
  });

  it('shows best, sample and zero separately, each with its band, and training episodes', () => {
    const html = reportPage(report());
    const chart = /Return in evaluation.*?<\/figure>/s.exec(html)![0];
    for (const mode of ['best', 'sample', 'zero']) assert.match(chart, new RegExp(`</i>${mode}</span>`));
    assert.equal(chart.match(/<polygon class="band/g)?.length, 3);
    assert.equal(chart.match(/<polyline class="line/g)?.length, 3);
    assert.match(chart, /<title>best, 2,000: −164\.5 ± 12\.25<\/title>/);
    const training = /Return of episodes.*?<\/figure>/s.exec(html)![0];
    assert.match(training, /<title>return, 3: 3<\/title>/);
    assert.match(training, /<title>return, 4: 30<\/title>/);
    for (const title of ['alpha', 'entropy', 'updates', 'qLoss', 'criticBias'])
      assert.match(html, new RegExp(`<figcaption>${title}</figcaption>`));
  });

  it('counts clips by reason, ends of episodes and events', () => {
    const html = reportPage(report());
    assert.deepEqual(tableRows(html, 'list').slice(0, 2), [
      ['velocityLimit', '2', '40 %'],
      ['positionLimit', '1', '20 %'],
    ]);
    assert.match(html, /2 episodes ended: 1 terminated, 1 truncated/);
    assert.match(html, /E_ODD<\/td><td>warning<\/td><td><data value="2">/);
    assert.match(html, /first &lt;b&gt;&amp;&lt;\/b&gt;/);
  });

  it('shows tick lateness of a real-time run, and alpha without evaluations', () => {
    const summary = log();
    const metrics = { latenessP50Us: 101.5, latenessP999Us: 40021.8, latenessMaxUs: 41000, skippedTicks: 22 };
    summary.add({ kind: 'metrics', logTimeNs: 0, metrics: { monotonicTimeNs: 0, metrics } });
    const html = reportPage(report({ curve: [], log: summary }));
    assert.match(html.replaceAll(/<[^>]*>/g, ''), /p50 101\.5 µs, p999 40,022 µs, max 41,000 µs, skipped ticks 22\./);
    assert.match(html, /<figcaption>alpha<\/figcaption>.*?<title>alpha, 200: 0\.5000<\/title>/s);
  });

  it('describes the run', () => {
    const html = reportPage(report({ gaps: ['the goals: no <policy>'] }));
    const facts = new Map(tableRows(html, 'facts').map(([name, value]) => [name, value]));
    assert.equal(facts.get('robot, task'), 'pendulum, Pendulum-v1');
    assert.equal(facts.get('seed'), '17');
    assert.equal(facts.get('engine'), 'native avx2, 1 thread');
    assert.equal(facts.get('softqd'), '9.8.7');
    assert.equal(facts.get('identity'), 'abcdef');
    assert.equal(facts.get('policy SHA-256'), 'fedcba');
    assert.match(html, /Not shown: the goals: no &lt;policy&gt;/);
  });

  it('escapes markup in names', () => {
    const evil = '"><script>alert(1)</script>';
    const { run } = report();
    const html = reportPage(
      report({
        run: { ...run, robot: evil, task: evil, preset: evil, engine: evil, id: evil, learner: { evil } },
        curve: parseCurve(CURVE.replaceAll('sample', "<img src='x'>")),
      }),
    );
    const elements = parseHtml(html);
    assert.equal(elements.get('script') ?? 0, 0);
    assert.equal(elements.get('img') ?? 0, 0);
  });

  it('reduces a long curve and notes it', () => {
    const rows = Array.from({ length: 1000 }, (_, i) => `${i + 1},1,best,${i},1,1,1,1,1`);
    const html = reportPage(report({ curve: parseCurve(`${CURVE.split('\n')[0]!}\n${rows.join('\n')}`) }));
    const shown = tableRows(html, 'numbers');
    assert.ok(shown.length <= 301);
    assert.equal(shown.at(-1)![0], '1000');
    assert.match(html, /Every 4th row of curve\.csv, which has 1000/);
  });

  it('draws the goals with their rollouts, contours and particles', () => {
    const html = reportPage(report({ multiGoal: multiGoal() }));
    assert.match(html, /2 rollouts, mean return −200; ends: goal0 1, none 1/);
    assert.equal(html.match(/class="path"/g)?.length, 2);
    assert.equal(html.match(/class="goal"/g)?.length, 4);
    assert.equal(html.match(/class="level"/g)?.length, 10);
    assert.match(html, /Q and the sampler at \(−2, 0\)/);
  });
});
