import assert from 'node:assert/strict';
import { calibratePanel } from '../../../src/commands/calibrate/print-calibration.ts';
import { printClearFault } from '../../../src/commands/clear-fault/print-clear-fault.ts';
import { printDoctor } from '../../../src/commands/doctor/print-doctor.ts';
import { printEvaluation } from '../../../src/commands/evaluate/print-evaluation.ts';
import type { EvaluateResult } from '../../../src/commands/evaluate/types.ts';
import { pretrainDisplay } from '../../../src/commands/pretrain/print-pretrain.ts';
import { jogPanel } from '../../../src/commands/jog/print-jog.ts';
import { printLogInfo, printRecovered } from '../../../src/commands/log/print-log.ts';
import { scanPanel } from '../../../src/commands/scan/print-scan.ts';
import { setupServosPanel } from '../../../src/commands/setup-servos/print-setup-servos.ts';
import { printVirtual } from '../../../src/commands/virtual/print-virtual.ts';
import { recordingIo } from '../cli/terminal.ts';

const io = recordingIo(null);

describe('results of commands as text', () => {
  it('doctor: one line per finding, its hint, and the count of each level', () => {
    const findings = [
      { id: 'disk', level: 'error', title: 'disk', detail: 'full', hint: 'Delete old runs.' },
      { id: 'node', level: 'ok', title: 'Node.js', detail: '', hint: null },
    ] as const;
    assert.equal(
      printDoctor({ findings }, io),
      'error     disk  full\n          -> Delete old runs.\nok        Node.js\n1 errors, 0 warnings, 0 info, 1 ok\n',
    );
  });

  it('evaluate: a row per value, counts only where there are any', () => {
    const result: EvaluateResult = {
      policySha256: 'ab'.repeat(32),
      robot: 'arm2',
      task: 'reach',
      mode: 'best',
      seed: 1,
      episodes: 2,
      returns: [1, 2],
      lengths: [5, 5],
      mean: 1.5,
      std: 0.5,
      min: 1,
      max: 2,
      terminated: 0,
      truncated: 2,
      clips: {},
      outcomes: { success: 1 },
      successes: 1,
      successRate: 0.5,
      initialStatesFile: null,
      starts: [],
    };
    const text = printEvaluation(result);
    assert.match(text, /^return +mean 1\.5, std 0\.5, from 1 to 2$/m);
    assert.match(text, /^outcomes +success 1$/m);
    assert.match(text, /^success +1 of 2 succeeded \(50 %\)$/m);
    assert.match(text, /^episodes +2 from seed 1 \(/m);
    const other = printEvaluation({ ...result, successes: null, outcomes: {}, initialStatesFile: 's.jsonl' });
    assert.doesNotMatch(other, /succeeded/);
    assert.match(other, /^episodes +2 from s\.jsonl \(/m);
    assert.doesNotMatch(text, /clips/);
  });

  it('pretrain: what it resumes, success rate, time left, and the commands that follow', () => {
    const pretrained = { program: 'npx softqd', robot: './my arm', task: 'reach', data: '/d' };
    const { text } = pretrainDisplay(pretrained);
    const started = { event: 'started', run: '/d/runs/r', learnerPid: 7 } as const;
    assert.equal(text(started), 'run /d/runs/r (learner process 7)');
    assert.equal(
      text({ ...started, resumedFromStep: 500 }),
      'run /d/runs/r (learner process 7), resumed from step 500',
    );
    const evaluation = { event: 'evaluation', step: 9, mode: 'best', mean: 1, std: 0, episodes: 10 } as const;
    assert.match(text({ ...evaluation, successes: 9 })!, /10 episodes, 9 of 10 succeeded \(90 %\)$/);
    const done = { event: 'done', steps: 9, policy: '/p.safetensors', policySha256: 'a', log: '/l', wallS: 1 } as const;
    const next = (all: string): string[] =>
      all
        .slice(all.indexOf('next\n'))
        .split('\n')
        .map((line) => line.replace(/^.* {2}/, ''));
    assert.deepEqual(next(text(done)!), [
      'next',
      "npx softqd evaluate --policy /p.safetensors --robot './my arm'",
      "npx softqd run --robot './my arm' --task reach --policy /p.safetensors",
      'npx softqd report --data /d',
    ]);
    const simulated = pretrainDisplay({ ...pretrained, robot: 'arm2', simulator: 'python3 s.py' });
    assert.deepEqual(next(simulated.text(done)!), [
      'next',
      "npx softqd evaluate --policy /p.safetensors --simulator 'python3 s.py'",
      'npx softqd report --data /d',
    ]);
  });

  it('log: sessions, truncation and recovered records', () => {
    const info = {
      files: 1,
      records: 9,
      transitions: 4,
      episodes: 1,
      sessions: [{ uuid: 'u', first: 0, last: 4, missing: 1 }],
      topics: { '/softqd/transition': 4 },
      truncatedAt: 120,
      truncated: [],
      damaged: { records: 0, chunks: 0, bytes: 0 },
      damagedPlaces: [],
    };
    assert.match(
      printLogInfo(info),
      /session {13}u {2}0 to 4, 1 missing\ntruncated {11}at byte 120: softqd log recover/,
    );
    const recovered = {
      event: 'recovered',
      file: 'a',
      out: 'b',
      records: 3,
      droppedBytes: 7,
      reason: null,
      damaged: { records: 0, chunks: 0, bytes: 0 },
    } as const;
    assert.equal(printRecovered(recovered), 'a: 3 records written to b, 7 bytes at the end dropped\n');
  });

  it('clear-fault: explanation, actions and state afterwards', () => {
    const after = { faults: [], torqueOn: false, voltageV: 12, temperatureC: 30, positionSteps: 2048 };
    const text = printClearFault(
      {
        id: 3,
        model: 'STS3215',
        firmware: '3.10',
        before: { ...after, faults: ['overload'] },
        explanations: [{ fault: 'overload', meaning: 'too much load', remedy: 'Reduce the load.' }],
        actions: ['torque off'],
        after,
        recovered: true,
        joint: 'elbow',
      },
      io,
    );
    assert.match(text, /^servo 3 \(elbow\): STS3215, firmware 3\.10\nbefore: fault overload, torque off, 12 V, 30 C/);
    assert.match(
      text,
      /-> Reduce the load\.\ndone: torque off\nnow: {4}no fault[^]*Fault cleared\. Torque is off\.\n$/,
    );
  });

  it('virtual: the commands that connect to the device', () => {
    const ready = {
      event: 'ready',
      pty: '/dev/pts/7',
      protocol: 'feetech',
      ids: [1],
      baudRate: 1_000_000,
      link: '/tmp/arm',
      task: 'reach',
    } as const;
    const device = { robot: 'so101', calibrated: false, factoryServo: null };
    const connection = '--robot so101 --id virtual --driver feetech:/tmp/arm';
    assert.ok(printVirtual(ready, device).includes(`softqd calibrate ${connection}\n`));
    assert.ok(
      printVirtual(ready, device).includes(`softqd run ${connection} --task reach --policy FILE (or --explore)\n`),
    );
    assert.match(
      printVirtual(ready, { ...device, factoryServo: 'gripper' }),
      /setup-servos --robot so101 --driver feetech:\/tmp\/arm --joint gripper\n$/,
    );
  });
});

describe('panels of commands', () => {
  it('jog: the result, by how much it is off and why, and what the joints do', () => {
    const panel = jogPanel(io);
    const done = { event: 'done', joint: 'elbow', position: 0.1, unit: 'rad', stopMode: 'hold' } as const;
    assert.deepEqual(panel.handle(done), ['elbow: at 0.100 rad']);
    const moved = { ...done, from: 0, to: 0.5, reached: false, tolerance: 0.003, error: 0.4, clips: {} };
    assert.deepEqual(panel.handle({ ...moved, shortfall: 'blocked' }), [
      'elbow: from 0.000 to 0.100 rad, target 0.500 (0.400 rad off: it is blocked or overloaded: free it, then jog again)',
    ]);
    assert.deepEqual(panel.handle({ ...moved, to: 0.1, reached: true, error: 0, shortfall: null }), [
      'elbow: from 0.000 to 0.100 rad, target 0.100',
    ]);
    const stopped = {
      event: 'stopped',
      robot: 'arm',
      confirmed: true,
      parked: null,
      reason: null,
      joints: [],
    } as const;
    assert.deepEqual(panel.handle({ ...stopped, text: ['torque ON, holding; damp in 5 min'] }), [
      'arm stopped: torque ON, holding; damp in 5 min',
    ]);
  });

  it('calibrate: the live table stays above the result', () => {
    const panel = calibratePanel(io);
    const row = { name: 'elbow', id: 3, minimumSteps: 1000, presentSteps: 2000, maximumSteps: 3000, coverage: 0.9 };
    assert.deepEqual(panel.handle({ event: 'range', joints: [{ ...row, continuous: false }] }), []);
    assert.match(panel.liveLines().join('\n'), /coverage[^]*elbow +1000 +2000 +3000 +90 %/);
    const lines = panel.handle({ event: 'written', joint: 'elbow', id: 3, registers: ['homingOffset'] });
    assert.equal(lines.at(-1), 'elbow (servo 3): wrote homingOffset (verified)');
    assert.deepEqual([lines.length, panel.liveLines()], [3, []]);
  });

  it('setup-servos: prompts, problems and the command that follows', () => {
    const panel = setupServosPanel(io);
    assert.deepEqual(panel.handle({ event: 'prompt', step: 'connect', joint: 'elbow', text: 'Connect elbow.' }), [
      '> Connect elbow.',
    ]);
    panel.handle({ event: 'scanning', joint: 'elbow', baudRate: 500_000 });
    assert.deepEqual(panel.liveLines(), ['  scanning at 500000 baud']);
    assert.deepEqual(
      panel.handle({
        event: 'problem',
        joint: 'elbow',
        code: 'E_SERVO_NO_REPLY',
        text: 'no servo',
        hint: 'Plug it in.',
      }),
      ['  no servo', '  Plug it in.'],
    );
    const done = panel.handle({
      event: 'done',
      robot: 'so101',
      id: 'left',
      driver: 'feetech:/dev/x',
      joints: ['a', 'b'],
    });
    assert.match(
      done.join('\n'),
      /Configured 2 servos of so101\.[^]*doctor --robot so101 --id left --driver feetech:\/dev\/x$/,
    );
  });

  it('scan: progress is live, the result is a table per port', () => {
    const panel = scanPanel();
    panel.handle({ event: 'scanning', path: '/dev/x', protocol: 'feetech', baudRate: 1_000_000, done: 7, total: 21 });
    assert.deepEqual(panel.liveLines(), ['/dev/x, feetech, 1000000 baud: ID 8 of 21']);
    const servo = { id: 1, model: 'STS3215', modelNumber: 777, firmware: '3.10', voltageV: 12.1, temperatureC: 30 };
    const rate = {
      baudRate: 1_000_000,
      servos: [{ ...servo, faults: [] }],
      unidentified: [{ id: 2, detail: 'noise' }],
    };
    const lines = panel.handle({ ports: [{ path: '/dev/x', protocol: 'feetech', rates: [rate], error: null }] });
    assert.match(
      lines.join('\n'),
      /1000000 baud\n {2}id +model +firmware +supply +temp +state\n {2}1 .*12\.1 V +30 C +ok\n {2}2 {2}noise$/,
    );
    assert.deepEqual(panel.liveLines(), []);
  });
});
