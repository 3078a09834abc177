import assert from 'node:assert/strict';
import { SoftqdError } from '../../../src/base/errors.ts';
import type { Reading } from '../../../src/robot/reading.ts';
import { unguardedForTest } from '../../support/safe-command.ts';
import { gather, listen, oneMore, type DriverFixture, type SnapshotFixture } from './fixture.ts';

async function stepped({ driver }: DriverFixture, targets: readonly number[], sequence = 0): Promise<Reading> {
  const received = listen(driver);
  driver.apply(unguardedForTest(sequence, targets));
  return oneMore(received, 0);
}

/** The world advances by commands only. */
export function answersEachCommand(fixture: () => DriverFixture): void {
  it('emits exactly one reading for every command, in order, and nothing else', async () => {
    const first = await fixture().resetter.reset(fixture().start);
    const { readings } = listen(fixture().driver);
    for (let i = 0; i < 20; i++) await stepped(fixture(), [0.1, -0.1], i);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(
      readings.map(({ sequence }) => sequence),
      Array.from({ length: 20 }, (_, i) => first.sequence + 1 + i),
    );
  });

  it('answers each of several commands in a row', async () => {
    const { readings } = listen(fixture().driver);
    for (let i = 0; i < 10; i++) fixture().driver.apply(unguardedForTest(i, [0.1, -0.1]));
    await gather(fixture(), listen(fixture().driver), 11);
    assert.equal(readings.length, 11);
  });

  it('does not emit the first reading of an episode', async () => {
    const { readings } = listen(fixture().driver);
    const first = await fixture().resetter.reset(fixture().start);
    await stepped(fixture(), [0.1, 0.1]);
    assert.deepEqual(
      readings.map(({ sequence }) => sequence),
      [first.sequence + 1],
    );
  });

  it('reports the loss once, without a fault before it', async () => {
    const { driver, lost } = fixture();
    const received = listen(driver);
    await fixture().lose();
    const error = await received.ended;
    assert.deepEqual(received.faults, []);
    assert.ok(error instanceof SoftqdError);
    assert.equal(error.code, lost);
    assert.equal(await listen(driver).ended, error);
  });
}

/** The robot can be reset to any state. */
export function resetsToState(fixture: () => DriverFixture): void {
  it('answers a reset with the reading of that state', async () => {
    const { resetter, start } = fixture();
    const first = await resetter.reset(start);
    assert.deepEqual([...first.positions], [...start.qpos]);
    assert.deepEqual([...first.velocities], [...start.qvel]);
  });
}

/** The world can be saved and restored. */
export function savesWorld(fixture: () => SnapshotFixture): void {
  it('continues bit-identically from a saved world, with the reading of that time', async () => {
    const { world, resetter, start } = fixture();
    await resetter.reset(start);
    const commands = Array.from({ length: 12 }, (_, i) => [0.3 * Math.sin(i), 0.3 * Math.cos(3 * i)]);
    let current!: Reading;
    for (const targets of commands.slice(0, 5)) current = await stepped(fixture(), targets);
    const saved = await world.save();
    const then: Reading[] = [];
    for (const targets of commands.slice(5)) then.push(await stepped(fixture(), targets));
    assert.deepEqual(await world.load(saved), current);
    const again: Reading[] = [];
    for (const targets of commands.slice(5)) again.push(await stepped(fixture(), targets));
    assert.deepEqual(again, then);
  });

  it('rejects bytes that are not a saved world and keeps its state', async () => {
    const { world, resetter, start } = fixture();
    await resetter.reset(start);
    await assert.rejects(world.load(Uint8Array.of(1, 2, 3)), { code: 'E_SIMULATOR' });
    const saved = await world.save();
    assert.deepEqual([...(await world.load(saved)).positions], [...start.qpos]);
  });

  it('neither saves nor loads a closed world', async () => {
    const { world, driver, closed } = fixture();
    const saved = await world.save();
    await driver.close();
    await assert.rejects(world.save(), { code: closed });
    await assert.rejects(world.load(saved), { code: closed });
  });
}
