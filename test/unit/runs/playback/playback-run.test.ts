import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadedConfig } from '../../../../src/config/index.ts';
import { playbackError, playbackRun, type PlaybackRunResult } from '../../../../src/runs/playback/playback-run.ts';
import { readLog, TransitionLog, type TickRecord } from '../../../../src/experience/index.ts';
import { encodePolicy } from '../../../../src/policy/index.ts';
import { scratchDirectory, openTestLog } from '../../../support/experience/transitions.ts';
import { randomPolicy } from '../../../support/policies.ts';
import { configOf, recordRun, type RecordedRunOptions } from '../../../support/recording.ts';
import { StopRequests } from '../../../../src/runs/stop-requests/index.ts';

const ui = {
  event: () => undefined,
  info: () => undefined,
  error: () => undefined,
  signal: new AbortController().signal,
  stops: new StopRequests(),
};

describe('playbackRun', function () {
  this.timeout(20_000);
  const scratch = scratchDirectory();
  let counter = 0;
  after(() => scratch.remove());

  async function record(options: Omit<RecordedRunOptions, 'directory'>): Promise<string> {
    const directory = join(scratch.path, String(counter++));
    await recordRun({ ...options, directory });
    return directory;
  }

  function play(loaded: LoadedConfig, file: string, policy: Uint8Array | null = null): Promise<PlaybackRunResult> {
    return playbackRun({ loaded, file, policy, durationS: null, ui });
  }

  async function ticksOf(directory: string): Promise<TickRecord[]> {
    const ticks = [];
    for await (const message of readLog(join(directory, '00000.mcap'))) {
      if (message.kind === 'tick') ticks.push(message.tick);
    }
    return ticks;
  }

  /** The recording with every tick changed (or left out, by null). */
  async function edited(directory: string, edit: (tick: TickRecord) => TickRecord | null): Promise<string> {
    const copy = join(scratch.path, String(counter++));
    const { log } = await openTestLog(copy, { mode: 'real-time' });
    for await (const message of readLog(join(directory, '00000.mcap'))) {
      if (message.kind === 'event') log.event(message.event);
      if (message.kind === 'transition') log.append(message.transition);
      const tick = message.kind === 'tick' ? edit(message.tick) : null;
      if (tick !== null) log.tick(tick);
    }
    await log.close();
    return copy;
  }

  for (const [robot, task, ticks] of [
    ['pendulum', 'Pendulum-v1', 450],
    ['arm2', 'reach', 450],
    ['so101', 'reach', 300],
    ['pendulum-rig', 'swing-up', 300],
  ] as const) {
    it(`reproduces bit-identical commands and transitions of ${robot} over episodes, stale readings and a lost connection`, async () => {
      const directory = await record({
        robot,
        task,
        ticks,
        staleAt: [0, 40, 41, 120],
        lostAt: 200,
        stoppedAt: ticks - 20,
      });
      const result = await play(await configOf(robot, task), directory);
      const recorded = await ticksOf(directory);
      assert.equal(recorded.length, ticks);
      assert.deepEqual(result.playback, {
        ticks: recorded.filter(({ command }) => command !== null).length,
        commandMismatches: 0,
        actions: 'recomputed',
        transitionMismatches: 0,
        firstMismatch: null,
      });
      assert.ok(result.transitions > ticks / 2);
      assert.equal(playbackError(result), null);
      // The recording contains these cases.
      assert.ok(recorded[40]!.episode?.startsLoop === false, 'an episode that a stale reading ended');
      assert.ok(
        recorded.some(({ command }) => command?.reasonCodes.includes(8)),
        'a stale reading',
      );
      assert.ok(
        recorded.some(({ command }) => command?.reasonCodes.includes(10)),
        'a stop',
      );
      assert.equal(recorded.filter(({ episode }) => episode?.startsLoop).length, 2);
    });
  }

  it('draws the actions again with the recorded policy, and uses the recorded ones without it', async () => {
    const loaded = await configOf('pendulum', 'Pendulum-v1');
    const names = { observationNames: ['cosTheta', 'sinTheta', 'thetaDot'], actionNames: ['pivot'] };
    const policies = [1, 2].map((seed) =>
      encodePolicy(randomPolicy({ ...names, latentSize: 1, robot: 'pendulum', task: 'Pendulum-v1' }, seed)),
    );
    const directory = await record({ robot: 'pendulum', task: 'Pendulum-v1', ticks: 120, policy: policies[0]! });
    const drawn = await play(loaded, directory, policies[0]);
    assert.deepEqual(
      [drawn.playback.actions, drawn.playback.commandMismatches, drawn.playback.firstMismatch],
      ['recomputed', 0, null],
    );
    const taken = await play(loaded, directory);
    assert.deepEqual(
      [taken.playback.actions, taken.playback.commandMismatches, taken.playback.firstMismatch],
      ['recorded', 0, null],
    );
    const other = await play(loaded, directory, policies[1]);
    assert.equal(other.playback.firstMismatch?.kind, 'action');
    assert.equal(other.playback.firstMismatch.tick, 0);
    assert.ok(other.playback.commandMismatches > 100);
  });

  it('reports joint, tick and count of the commands that another limit changes', async () => {
    const loaded = await configOf('pendulum', 'Pendulum-v1');
    const directory = await record({ robot: 'pendulum', task: 'Pendulum-v1', ticks: 100 });
    const [joint] = loaded.robot!.joints;
    const weaker = { ...loaded.robot!, joints: [{ ...joint!, limits: { ...joint!.limits, maxEffortNmOrN: 1 } }] };
    const { playback } = await play({ ...loaded, robot: weaker }, directory);
    const recorded = await ticksOf(directory);
    const beyond = recorded.filter(({ command }) => Math.abs(command?.targets[0] ?? 0) > 1);
    assert.equal(playback.commandMismatches, beyond.length);
    const first = beyond[0]!;
    assert.deepEqual(playback.firstMismatch, {
      tick: first.index,
      kind: 'command',
      name: 'pivot',
      recorded: first.command!.targets[0],
      played: Math.sign(first.command!.targets[0]!),
    });
    const error = playbackError({ playback } as PlaybackRunResult);
    assert.equal(error?.code, 'E_PLAYBACK_MISMATCH');
    assert.match(error.message, new RegExp(`tick ${first.index}, command pivot: `));
  });

  it('finds a changed bit in a reading, an action and a command', async () => {
    const loaded = await configOf('arm2', 'reach');
    const directory = await record({ robot: 'arm2', task: 'reach', ticks: 60 });
    const nudge = (value: number): number => value + 2 ** -45;
    const changes: readonly [(tick: TickRecord) => TickRecord, string][] = [
      [(tick) => ({ ...tick, command: { ...tick.command!, targets: tick.command!.targets.map(nudge) } }), 'command'],
      [
        (tick) => ({
          ...tick,
          command: { ...tick.command!, proposedAction: tick.command!.proposedAction.map((a) => a / 2) },
        }),
        'action',
      ],
      [
        (tick) => ({ ...tick, reading: { ...tick.reading, positions: tick.reading.positions.map((q) => q + 0.01) } }),
        'transition',
      ],
    ];
    for (const [change, part] of changes) {
      const copy = await edited(directory, (tick) => (tick.index === 30 ? change(tick) : tick));
      const { playback } = await play(loaded, copy);
      assert.deepEqual([playback.firstMismatch?.tick, playback.firstMismatch?.kind], [30, part]);
    }
  });

  it('stops where the task ends an episode that the recording continues', async () => {
    const directory = await record({ robot: 'pendulum', task: 'Pendulum-v1', ticks: 300 });
    const shorter = await configOf('pendulum', 'Pendulum-v1', { 'task.horizon': 50 });
    const { playback } = await play(shorter, directory);
    assert.equal(playback.firstMismatch?.tick, 50);
    assert.ok(playback.ticks <= 51);
  });

  it('plays the complete records of a truncated log', async () => {
    const directory = await record({ robot: 'arm2', task: 'reach', ticks: 60 });
    const copy = await edited(directory, (tick) => (tick.index < 40 ? tick : null));
    const { playback } = await play(await configOf('arm2', 'reach'), copy);
    assert.equal(playback.ticks, 40);
    assert.equal(playback.commandMismatches, 0);
  });

  it('rejects a log with missing ticks', async () => {
    const directory = await record({ robot: 'arm2', task: 'reach', ticks: 60 });
    const copy = await edited(directory, (tick) => (tick.index === 20 || tick.index === 21 ? null : tick));
    await assert.rejects(play(await configOf('arm2', 'reach'), copy), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'E_LOG_FILE');
      assert.match(error.message, /ticks 20 to 21 are missing/);
      return true;
    });
  });

  it('rejects a log that does not start with arming', async () => {
    const directory = await record({ robot: 'arm2', task: 'reach', ticks: 60 });
    const copy = await edited(directory, (tick) => (tick.index < 10 ? null : tick));
    await assert.rejects(play(await configOf('arm2', 'reach'), copy), { code: 'E_LOG_FILE' });
  });

  it('rejects another robot or task and names the recorded one', async () => {
    const directory = await record({ robot: 'arm2', task: 'reach', ticks: 10 });
    await assert.rejects(
      play(await configOf('pendulum', 'Pendulum-v1'), directory),
      (error: Error & { hint?: string }) => {
        assert.match(error.message, /robot: recorded arm2/);
        assert.match(error.hint!, /--robot arm2 --task reach/);
        return true;
      },
    );
  });

  it('rejects a missing file, a file that is not a log, and a log without ticks', async () => {
    const loaded = await configOf('arm2', 'reach');
    await assert.rejects(play(loaded, join(scratch.path, 'nothing')), { code: 'E_LOG_FILE' });
    const text = join(scratch.path, 'text.mcap');
    writeFileSync(text, 'hello');
    await assert.rejects(play(loaded, text), { code: 'E_LOG_FILE' });
    const empty = join(scratch.path, 'empty');
    const { log } = await openTestLog(empty);
    await log.close();
    assert.ok(log instanceof TransitionLog && readFileSync(join(empty, '00000.mcap')).length > 0);
    await assert.rejects(play(loaded, empty), { code: 'E_LOG_FILE' });
  });
});
