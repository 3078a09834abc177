import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cli, cli, errorCode, quickLearner, temporaryDirectory } from '../support/cli.ts';
import { assertSameBytes, runBytes } from '../support/run-bytes.ts';

const pretrain = (data: string, steps: number, extra: readonly string[] = []): string[] => [
  ...[
    'pretrain',
    '--robot',
    'pendulum',
    '--task',
    'Pendulum-v1',
    '--seed',
    '3',
    '--steps',
    String(steps),
    '--out',
    join(data, 'p.safetensors'),
  ],
  ...[
    '--data',
    data,
    '--json',
    '--set',
    'learner.engine=tensorflow',
    '--set',
    'learner.backend=wasm',
    ...quickLearner,
    ...extra,
  ],
];

const progressBeyond = (step: number) => (event: Record<string, unknown>) =>
  event['event'] === 'progress' && Number(event['step']) > step;

describe('a training run', function () {
  this.timeout(180_000);
  const folders = Array.from({ length: 6 }, temporaryDirectory);
  after(() => folders.forEach((folder) => folder.remove()));
  const [whole, again, killed, lost, other, otherKilled] = folders.map((folder) => folder.path) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];

  it('logs every transition, writes a policy, and reports both paths', async () => {
    const result = await cli(pretrain(whole, 240));
    assert.equal(result.code, 0, result.stderr);
    const done = result.events.at(-1)!;
    assert.equal(done['event'], 'done');
    assert.equal(done['steps'], 240);
    const info = await cli([
      'log',
      'info',
      ...readdirSync(String(done['log'])).map((name) => join(String(done['log']), name)),
      '--json',
    ]);
    const [session] = info.events[0]!['sessions'] as { first: number; last: number; missing: unknown }[];
    assert.deepEqual(
      [info.events[0]!['transitions'], session!.first, session!.last, info.events[0]!['truncatedAt']],
      [240, 0, 239, null],
    );
  });

  it('is bit-identical when repeated', async () => {
    const result = await cli(pretrain(again, 240));
    assert.equal(result.code, 0, result.stderr);
    assertSameBytes(runBytes(whole), runBytes(again));
  });

  it('is bit-identical when killed and resumed with a larger total', async () => {
    const first = new Cli(pretrain(killed, 150));
    await first.event(progressBeyond(70));
    first.child.kill('SIGKILL');
    await first.done;
    const result = await cli(pretrain(killed, 240, ['--resume']));
    assert.equal(result.code, 0, result.stderr);
    assertSameBytes(runBytes(whole), runBytes(killed));
  });

  it('is bit-identical when killed and resumed with a prior log, returns over several steps and resets', async () => {
    const [run] = readdirSync(join(whole, 'runs'));
    const settings = {
      priorLogs: JSON.stringify([{ path: join(whole, 'runs', run!), share: 0.5 }]),
      ...{ nStep: 3, resetEvery: 25, resetKeep: 0.5, resetSettleUpdates: 15 },
    };
    const extra = Object.entries(settings).flatMap(([key, value]) => ['--set', `learner.${key}=${value}`]);
    const unbroken = await cli(pretrain(other, 240, extra));
    assert.equal(unbroken.code, 0, unbroken.stderr);
    const first = new Cli(pretrain(otherKilled, 150, extra));
    await first.event(progressBeyond(130));
    first.child.kill('SIGKILL');
    await first.done;
    const result = await cli(pretrain(otherKilled, 240, ['--resume', ...extra]));
    assert.equal(result.code, 0, result.stderr);
    assertSameBytes(runBytes(other), runBytes(otherKilled));
    const policies = [whole, other].map((data) => runBytes(data).get('policy.safetensors')!);
    assert.ok(!policies[0]!.equals(policies[1]!));
  });

  it('restarts a killed learner from the checkpoint and ends with the same bytes', async () => {
    const run = new Cli(pretrain(again, 240));
    const started = await run.event((event) => event['event'] === 'started');
    await run.event(progressBeyond(100));
    process.kill(Number(started['learnerPid']), 'SIGKILL');
    const result = await run.done;
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stderr, /learner process exited \(SIGKILL\)/);
    const policy = readFileSync(join(String(started['run']), 'policy.safetensors'));
    assert.ok(policy.equals(runBytes(whole).get('policy.safetensors')!), 'the policies differ');
  });

  it('stops in order at Ctrl-C with exit code 130 and prints how to resume', async () => {
    const run = new Cli(pretrain(killed, 5000));
    await run.event(progressBeyond(60));
    run.child.kill('SIGINT');
    const result = await run.done;
    assert.equal(result.code, 130, result.stderr);
    assert.match(result.stderr, /--resume/);
  });

  it('saves a checkpoint when the simulator is lost in an episode, and resumes with --resume', async () => {
    const simulator = new Cli(['simulate', '--robot', 'pendulum', '--listen', '127.0.0.1:0', '--json']);
    const { url } = await simulator.event((event) => event['event'] === 'listening');
    const run = new Cli(pretrain(lost, 5000, ['--set', `simulator.url=${String(url)}`]));
    await run.event(progressBeyond(80));
    simulator.child.kill('SIGKILL');
    const result = await run.done;
    assert.equal(result.code, 1);
    assert.equal(errorCode(result), 'E_SIMULATOR_LOST');
    const logged = await transitionsIn(lost);
    assert.ok(logged > 80);
    const resumed = await cli(pretrain(lost, logged + 30, ['--resume']));
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.equal(await transitionsIn(lost), logged + 30);
  });

  it('rejects a checkpoint with a flipped byte and names the file', async () => {
    const [run] = readdirSync(join(whole, 'runs'));
    const checkpoint = join(whole, 'runs', run!, 'checkpoint');
    const part = readdirSync(checkpoint).find((name) => name.startsWith('engine'))!;
    const bytes = readFileSync(join(checkpoint, part));
    bytes[bytes.length >> 1]! ^= 4;
    writeFileSync(join(checkpoint, part), bytes);
    const result = await cli(pretrain(whole, 300, ['--resume']));
    assert.equal(result.code, 1);
    assert.equal(errorCode(result), 'E_CHECKPOINT');
    assert.match(result.stdout, /engine/);
  });

  it('uses another port when the configured one is in use', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const args = pretrain(again, 30, ['--set', `simulator.port=${port}`]);
    const result = await cli(args);
    taken.close();
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stderr, new RegExp(`port ${port} is in use`));
  });
});

async function transitionsIn(data: string): Promise<number> {
  const [run] = readdirSync(join(data, 'runs'));
  const folder = join(data, 'runs', run!, 'log');
  const info = await cli(['log', 'info', ...readdirSync(folder).map((name) => join(folder, name)), '--json']);
  const [session] = info.events[0]!['sessions'] as { missing: unknown }[];
  assert.ok(
    session!.missing === 0 || (Array.isArray(session!.missing) && session!.missing.length === 0),
    `missing: ${JSON.stringify(session!.missing)}`,
  );
  return Number(info.events[0]!['transitions']);
}
