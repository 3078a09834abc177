import assert from 'node:assert/strict';
import { SimulatedClock } from '../../src/base/clock.ts';
import { SoftqdError } from '../../src/base/errors.ts';
import { ScriptedBody, type Body } from '../../src/body/index.ts';
import type { Resetter, WorldState } from '../../src/body/port.ts';
import type { Reading } from '../../src/robot/reading.ts';
import { unguardedForTest } from '../support/safe-command.ts';
import { breakable, loadRobot, runSimulator } from '../support/simulator.ts';

/** A lock-step body of arm2 and the means to make it misbehave. */
interface Stand {
  readonly body: Body;
  readonly resetter: Resetter;
  readonly world: WorldState;
  /** The next reading is not finite. */
  breakNext(): void;
  /** The robot goes away for good. */
  lose(): Promise<void>;
  stop(): Promise<void>;
}

async function simulatorStand(): Promise<Stand> {
  let breakNext = (): void => undefined;
  const simulator = await runSimulator('arm2', {
    wrap: (world) => {
      const wrapped = breakable(world);
      breakNext = () => wrapped.breakNext('nan');
      return wrapped.world;
    },
  });
  const { body, resetter, world } = await simulator.connect();
  return { body, resetter, world, breakNext, lose: () => simulator.server.close(), stop: () => simulator.stop() };
}

function scriptedStand(): Promise<Stand> {
  let broken = false;
  const body = new ScriptedBody({
    spec: loadRobot('arm2'),
    clock: new SimulatedClock(),
    script: () => {
      if (!broken) return {};
      broken = false;
      return { velocities: Float64Array.of(0, NaN) };
    },
  });
  const lose = (): Promise<void> => {
    body.lose();
    return Promise.resolve();
  };
  return Promise.resolve({
    body,
    resetter: body.resetter,
    world: body.world,
    breakNext: () => (broken = true),
    lose,
    stop: () => body.close(),
  });
}

const start = { qpos: Float64Array.of(0.3, -0.4), qvel: Float64Array.of(0.1, 0.2) };

/** The next thing readings$ says: a reading, an error or 'complete'. */
function next(body: Body): Promise<Reading | SoftqdError | 'complete'> {
  return new Promise((resolve) => {
    const subscription = body.readings$.subscribe({
      next: (reading) => {
        resolve(reading);
        queueMicrotask(() => subscription.unsubscribe());
      },
      error: (error: unknown) => resolve(error as SoftqdError),
      complete: () => resolve('complete'),
    });
  });
}

async function stepped(body: Body, targets: readonly number[], sequence = 0): Promise<Reading> {
  const answer = next(body);
  body.apply(unguardedForTest(sequence, targets));
  const reading = await answer;
  if (reading === 'complete' || reading instanceof SoftqdError)
    throw reading === 'complete' ? new assert.AssertionError({ message: reading }) : reading;
  return reading;
}

for (const [name, open] of [
  ['a simulator behind its WebSocket', simulatorStand],
  ['ScriptedBody', scriptedStand],
] as const) {
  describe(`Body contract: ${name}`, () => {
    let stand: Stand;
    beforeEach(async () => {
      stand = await open();
    });
    afterEach(() => stand.stop());

    it('answers a reset with the reading of that state and does not repeat it on readings$', async () => {
      const seen: Reading[] = [];
      stand.body.readings$.subscribe((reading) => seen.push(reading));
      const first = await stand.resetter.reset(start);
      assert.deepEqual([...first.positions], [...start.qpos]);
      assert.deepEqual([...first.velocities], [...start.qvel]);
      await stepped(stand.body, [0.1, 0.1]);
      assert.equal(seen.length, 1);
      assert.equal(seen[0]!.sequence, first.sequence + 1);
    });

    it('answers every command with exactly one reading, in order', async () => {
      const sequences: number[] = [];
      const first = await stand.resetter.reset(start);
      stand.body.readings$.subscribe(({ sequence }) => sequences.push(sequence));
      for (let i = 0; i < 20; i++) await stepped(stand.body, [0.1, -0.1], i);
      assert.deepEqual(
        sequences,
        Array.from({ length: 20 }, (_, i) => first.sequence + 1 + i),
      );
    });

    it('gives readings with the joints and sensors of its robot file', async () => {
      const reading = await stand.resetter.reset(start);
      assert.equal(reading.efforts.length, 2);
      assert.deepEqual([...reading.sensors.keys()], ['fingertip']);
      assert.equal(reading.sensors.get('fingertip')?.length, 3);
    });

    it('reports what it sent, in an array of its own', async () => {
      await stand.resetter.reset(start);
      const command = unguardedForTest(7, [0.25, -0.125]);
      const answer = next(stand.body);
      const applied = stand.body.apply(command);
      command.targets.fill(9);
      assert.equal(applied.sequence, 7);
      assert.deepEqual([...applied.targets], [0.25, -0.125]);
      await answer;
    });

    it('says a reading that is not finite as an error, and goes on for who subscribes again', async () => {
      await stand.resetter.reset(start);
      stand.breakNext();
      const bad = next(stand.body);
      stand.body.apply(unguardedForTest(0, [0, 0]));
      const error = await bad;
      assert.ok(error instanceof SoftqdError);
      assert.equal(error.code, 'E_READING_NON_FINITE');
      const reading = await stepped(stand.body, [0, 0], 1);
      assert.ok(reading.velocities.every(Number.isFinite));
    });

    it('ends readings$ with the loss for everyone, now and later, and then refuses commands', async () => {
      await stand.resetter.reset(start);
      const ending = next(stand.body);
      await stand.lose();
      const error = await ending;
      assert.ok(error instanceof SoftqdError);
      assert.equal(error.code, 'E_SIMULATOR_LOST');
      assert.equal(await next(stand.body), error);
      assert.throws(() => stand.body.apply(unguardedForTest(0, [0, 0])), { code: 'E_SIMULATOR_LOST' });
      await assert.rejects(stand.resetter.reset(start), { code: 'E_SIMULATOR_LOST' });
      await assert.rejects(stand.body.arm(), { code: 'E_SIMULATOR_LOST' });
    });

    it('can be disarmed at any time, lost or closed', async () => {
      await stand.body.arm();
      await stand.body.disarm('a person said so');
      await stand.lose();
      await stand.body.disarm('lost');
      await stand.body.close();
      await stand.body.disarm('closed');
    });

    it('completes readings$ when it is closed, also twice', async () => {
      const ending = next(stand.body);
      await stand.body.close();
      await stand.body.close();
      assert.equal(await ending, 'complete');
      assert.equal(await next(stand.body), 'complete');
      assert.throws(() => stand.body.apply(unguardedForTest(0, [0, 0])), { code: 'E_SIMULATOR_LOST' });
    });

    it('goes on bit by bit from a saved world, with the reading that was current then', async () => {
      await stand.resetter.reset(start);
      const commands = Array.from({ length: 12 }, (_, i) => [0.3 * Math.sin(i), 0.3 * Math.cos(3 * i)]);
      let current!: Reading;
      for (const targets of commands.slice(0, 5)) current = await stepped(stand.body, targets);
      const saved = await stand.world.save();
      const then: Reading[] = [];
      for (const targets of commands.slice(5)) then.push(await stepped(stand.body, targets));
      assert.deepEqual(await stand.world.load(saved), current);
      const again: Reading[] = [];
      for (const targets of commands.slice(5)) again.push(await stepped(stand.body, targets));
      assert.deepEqual(again, then);
    });

    it('refuses to load bytes that are no saved world and stays where it is', async () => {
      await stand.resetter.reset(start);
      await assert.rejects(stand.world.load(Uint8Array.of(1, 2, 3)), { code: 'E_SIMULATOR' });
      const saved = await stand.world.save();
      assert.deepEqual([...(await stand.world.load(saved)).positions], [...start.qpos]);
    });
  });
}
