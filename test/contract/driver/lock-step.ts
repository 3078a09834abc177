import assert from 'node:assert/strict';
import { SoftqdError } from '../../../src/base/errors.ts';
import type { Reading } from '../../../src/robot/reading.ts';
import { unguardedForTest } from '../../support/safe-command.ts';
import { gather, listen, oneMore, type DriverFixture, type SnapshotFixture } from './fixture.ts';

async function stepped({ driver }: DriverFixture, targets: readonly number[], sequence = 0): Promise<Reading> {
  const heard = listen(driver);
  driver.apply(unguardedForTest(sequence, targets));
  return oneMore(heard, 0);
}

/** Time stands still between two commands. */
export function answersEachCommand(stand: () => DriverFixture): void {
  it('answers every command with exactly one reading, in order, and says nothing unasked', async () => {
    const first = await stand().resetter.reset(stand().start);
    const { readings } = listen(stand().driver);
    for (let i = 0; i < 20; i++) await stepped(stand(), [0.1, -0.1], i);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(
      readings.map(({ sequence }) => sequence),
      Array.from({ length: 20 }, (_, i) => first.sequence + 1 + i),
    );
  });

  it('answers commands in a row, each', async () => {
    const { readings } = listen(stand().driver);
    for (let i = 0; i < 10; i++) stand().driver.apply(unguardedForTest(i, [0.1, -0.1]));
    await gather(stand(), listen(stand().driver), 11);
    assert.equal(readings.length, 11);
  });

  it('does not tell the first reading of an episode to who listened before, either', async () => {
    const { readings } = listen(stand().driver);
    const first = await stand().resetter.reset(stand().start);
    await stepped(stand(), [0.1, 0.1]);
    assert.deepEqual(
      readings.map(({ sequence }) => sequence),
      [first.sequence + 1],
    );
  });

  it('reports the loss once, without a fault before it', async () => {
    const { driver, lost } = stand();
    const received = listen(driver);
    await stand().lose();
    const error = await received.ended;
    assert.deepEqual(received.faults, []);
    assert.ok(error instanceof SoftqdError);
    assert.equal(error.code, lost);
    assert.equal(await listen(driver).ended, error);
  });
}

/** Somebody can put the robot where an episode shall begin. */
export function beginsWhereAsked(stand: () => DriverFixture): void {
  it('answers a reset with the reading of that state', async () => {
    const { resetter, start } = stand();
    const first = await resetter.reset(start);
    assert.deepEqual([...first.positions], [...start.qpos]);
    assert.deepEqual([...first.velocities], [...start.qvel]);
  });
}

/** The world can be put away and taken up again. */
export function savesItsWorld(stand: () => SnapshotFixture): void {
  it('goes on bit by bit from a saved world, with the reading that was current then', async () => {
    const { world, resetter, start } = stand();
    await resetter.reset(start);
    const commands = Array.from({ length: 12 }, (_, i) => [0.3 * Math.sin(i), 0.3 * Math.cos(3 * i)]);
    let current!: Reading;
    for (const targets of commands.slice(0, 5)) current = await stepped(stand(), targets);
    const saved = await world.save();
    const then: Reading[] = [];
    for (const targets of commands.slice(5)) then.push(await stepped(stand(), targets));
    assert.deepEqual(await world.load(saved), current);
    const again: Reading[] = [];
    for (const targets of commands.slice(5)) again.push(await stepped(stand(), targets));
    assert.deepEqual(again, then);
  });

  it('refuses to load bytes that are no saved world and stays where it is', async () => {
    const { world, resetter, start } = stand();
    await resetter.reset(start);
    await assert.rejects(world.load(Uint8Array.of(1, 2, 3)), { code: 'E_SIMULATOR' });
    const saved = await world.save();
    assert.deepEqual([...(await world.load(saved)).positions], [...start.qpos]);
  });

  it('neither saves nor loads a world that is gone', async () => {
    const { world, driver, closed } = stand();
    const saved = await world.save();
    await driver.close();
    await assert.rejects(world.save(), { code: closed });
    await assert.rejects(world.load(saved), { code: closed });
  });
}
