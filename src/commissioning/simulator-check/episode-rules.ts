import { setTimeout as delay } from 'node:timers/promises';
import type { CheckConnection } from './check-connection.ts';
import { broken } from './check-connection.ts';
import {
  asController,
  command,
  commands,
  fitting,
  requireSame,
  resetBySeed,
  withConnection,
  type Rule,
  type RuleContext,
} from './rule.ts';

const STEPS = 10;
const SEED = 7;
/** Longer than the period of most robots, so that a world that moves without a command does so. */
const WAIT_MS = 250;

/** Rules of Reset, Command, Reading, SaveState and LoadState. */
export const EPISODE_RULES: readonly Rule[] = [
  {
    id: 'reset',
    text: 'Reset by seed is answered with one Reading that fits the robot file and is finite',
    needs: ['hello'],
    check: (context) =>
      asController(context, async (connection) => {
        await resetBySeed(context, connection, SEED);
      }),
  },
  {
    id: 'command',
    text: 'each Command is answered with one Reading; device_time_s advances by the control period, sequence increases, all is finite',
    mode: 'lock-step',
    needs: ['reset'],
    check: (context) => asController(context, (connection) => commandsAdvance(context, connection)),
  },
  {
    id: 'reset-seed',
    text: 'the same seed gives the same state, whatever happened before',
    needs: ['reset', 'command'],
    check: (context) => asController(context, (connection) => seedRepeats(context, connection)),
  },
  {
    id: 'reset-state',
    text: 'Reset to a state puts the world into it; with resets_by_seed_only it is rejected and the connection stays open',
    needs: ['reset', 'command'],
    check: (context) => asController(context, (connection) => resetsToState(context, connection)),
  },
  {
    id: 'reset-invalid',
    text: 'a Reset with NaN or of the wrong size is rejected (E_SIMULATOR) and the connection stays open',
    needs: ['reset'],
    check: (context) =>
      asController(context, async (connection) => {
        const code = context.spec!.resetsBySeedOnly ? null : 'E_SIMULATOR';
        const pushed = context.spec!.mode === 'real-time';
        for (const [qpos, qvel] of [
          [numbers(context, NaN), numbers(context, 0)],
          [new Float64Array(1000), new Float64Array(999)],
        ] as const) {
          await connection.askRejected({ type: 'reset', from: { state: { qpos, qvel } } }, code, { pushed });
        }
        await resetBySeed(context, connection, SEED);
      }),
  },
  {
    id: 'command-repeats',
    text: 'the same commands from the same state give the same readings, bit by bit',
    mode: 'lock-step',
    needs: ['command', 'reset-seed'],
    check: (context) =>
      asController(context, async (connection) => {
        await resetBySeed(context, connection, SEED);
        const first = await commands(context, connection, STEPS);
        await resetBySeed(context, connection, SEED);
        const second = await commands(context, connection, STEPS);
        first.forEach((reading, i) => requireSame(`command ${i + 1}`, reading, second[i]!));
      }),
  },
  {
    id: 'waits',
    text: 'nothing moves, and nothing is sent, without a command',
    mode: 'lock-step',
    needs: ['command-repeats'],
    check: (context) =>
      asController(context, async (connection) => {
        await resetBySeed(context, connection, SEED);
        const first = await command(context, connection, 1);
        const { deviceTimeS } = await resetBySeed(context, connection, SEED);
        await connection.expectNothing(WAIT_MS);
        const second = await command(context, connection, 1);
        requireSame(`after ${WAIT_MS} ms without a command`, first, second);
        requireAdvance(context, deviceTimeS, second.deviceTimeS);
      }),
  },
  {
    id: 'command-invalid',
    text: 'a Command with NaN or of the wrong size is rejected (E_SIMULATOR); the connection stays open and the world as it was',
    mode: 'lock-step',
    needs: ['command-repeats'],
    check: (context) => asController(context, (connection) => rejectsCommands(context, connection)),
  },
  {
    id: 'save-state',
    text: 'after LoadState the same commands give the same bits as after SaveState; with saves_no_state both are rejected',
    mode: 'lock-step',
    needs: ['command'],
    check: (context) => asController(context, (connection) => savesState(context, connection)),
  },
  {
    id: 'load-invalid',
    text: 'LoadState of bytes that are no state is rejected (E_SIMULATOR) and the connection stays open',
    needs: ['reset'],
    check: (context) =>
      asController(context, async (connection) => {
        const pushed = context.spec!.mode === 'real-time';
        const code = context.spec!.savesNoState ? null : 'E_SIMULATOR';
        await connection.askRejected({ type: 'load-state', state: Uint8Array.of(1, 2, 3) }, code, { pushed });
        await resetBySeed(context, connection, SEED);
      }),
  },
  {
    id: 'observer',
    text: 'an observer gets the Spec, and may request nothing (E_UNAUTHORIZED)',
    needs: ['hello'],
    check: observer,
  },
  {
    id: 'period-change',
    text: 'twice the control period is accepted, and a Command then advances by it',
    mode: 'lock-step',
    needs: ['command'],
    check: (context) => {
      const robot = { ...context.robot, controlPeriodS: 2 * context.robot.controlPeriodS };
      const slower = { ...context, robot, spec: null };
      return asController(slower, (connection) => commandsAdvance(slower, connection));
    },
  },
];

function numbers({ robot }: RuleContext, value: number): Float64Array {
  return new Float64Array(robot.joints.length).fill(value);
}

async function seedRepeats(context: RuleContext, connection: CheckConnection): Promise<undefined> {
  const first = await resetBySeed(context, connection, SEED);
  if (context.spec!.mode === 'lock-step') await commands(context, connection, STEPS);
  else await delay(WAIT_MS);
  await resetBySeed(context, connection, SEED + 1);
  const second = await resetBySeed(context, connection, SEED);
  requireSame(`two resets with seed ${SEED}`, first, second);
}

async function resetsToState(context: RuleContext, connection: CheckConnection): Promise<string | null> {
  const { mode, resetsBySeedOnly } = context.spec!;
  const pushed = mode === 'real-time';
  const stateOf = (value: number) =>
    ({ type: 'reset', from: { state: { qpos: numbers(context, value), qvel: numbers(context, 0) } } }) as const;
  if (resetsBySeedOnly) {
    await connection.askRejected(stateOf(0), null, { pushed });
    return null;
  }
  const id = connection.send(stateOf(0.05));
  const reply = await connection.next('reset was not answered');
  if (reply.type === 'error' && reply.replyTo === id && context.robot.world?.type !== 'closed-form')
    return `the size of the state is not that of the joints (${reply.message})`;
  if (reply.type !== 'reading') throw broken(`reset was answered with ${reply.type}, expected reading`);
  const first = fitting(context, reply.reading);
  if (mode === 'lock-step') await commands(context, connection, STEPS);
  const other = fitting(context, (await connection.ask(stateOf(0.1), 'reading', { pushed })).reading);
  const again = fitting(context, (await connection.ask(stateOf(0.05), 'reading', { pushed })).reading);
  requireSame('two resets to the same state', first, again);
  if (other.positions.every((position, i) => position === first.positions[i]))
    throw broken('two resets to different states gave the same positions');
  return null;
}

async function commandsAdvance(context: RuleContext, connection: CheckConnection): Promise<undefined> {
  let before = await resetBySeed(context, connection, SEED);
  for (let i = 0; i < STEPS; i++) {
    const reading = await command(context, connection, i);
    requireAdvance(context, before.deviceTimeS, reading.deviceTimeS);
    if (!(reading.sequence > before.sequence))
      throw broken(`sequence is ${reading.sequence} after ${before.sequence}: it must increase with each reading`);
    before = reading;
  }
  const reset = await resetBySeed(context, connection, SEED);
  if (reset.deviceTimeS < before.deviceTimeS || reset.sequence < before.sequence)
    throw broken('device_time_s or sequence decreased at a reset');
}

function requireAdvance({ robot }: RuleContext, beforeS: number, afterS: number): void {
  const advanceS = afterS - beforeS;
  if (Math.abs(advanceS - robot.controlPeriodS) <= 1e-6 * robot.controlPeriodS + 1e-9) return;
  throw broken(
    `device_time_s advanced by ${advanceS} s (to ${afterS}), expected the control period ${robot.controlPeriodS} s`,
  );
}

async function rejectsCommands(context: RuleContext, connection: CheckConnection): Promise<undefined> {
  await resetBySeed(context, connection, SEED);
  const first = await command(context, connection, 1);
  await resetBySeed(context, connection, SEED);
  const joints = context.robot.joints.length;
  for (const targets of [numbers(context, NaN), new Float64Array(joints + 1), new Float64Array(joints - 1)])
    await connection.askRejected({ type: 'command', sequence: 1, targets }, 'E_SIMULATOR');
  requireSame('after rejected commands', first, await command(context, connection, 1));
}

async function savesState(context: RuleContext, connection: CheckConnection): Promise<undefined> {
  await resetBySeed(context, connection, SEED);
  const [, , saved] = await commands(context, connection, 3);
  if (context.spec!.savesNoState) {
    await connection.askRejected({ type: 'save-state' }, null);
    await command(context, connection, 4);
    return;
  }
  const { state } = await connection.ask({ type: 'save-state' }, 'state');
  const first = await commands(context, connection, STEPS);
  await resetBySeed(context, connection, SEED + 1);
  const { reading } = await connection.ask({ type: 'load-state', state }, 'reading');
  requireSame('the Reading of LoadState', saved!, fitting(context, reading), true);
  const second = await commands(context, connection, STEPS);
  first.forEach((after, i) => requireSame(`command ${i + 1} after LoadState`, after, second[i]!, true));
}

async function observer(context: RuleContext): Promise<string | null> {
  return withConnection(context, null, async (connection) => {
    const hello = { type: 'hello', protocolVersion: 1, role: 'watcher', robot: context.robot.name } as const;
    const id = connection.send({ ...hello, controlPeriodS: 0 });
    const reply = await connection.next('the Hello of an observer was not answered');
    if (reply.type === 'error' && reply.code === 'E_NOT_IMPLEMENTED') return 'this simulator has no observers';
    if (reply.type !== 'spec' || reply.replyTo !== id)
      throw broken(`the Hello of an observer was answered with ${reply.type}, expected spec`);
    await connection.askRejected({ type: 'save-state' }, 'E_UNAUTHORIZED', { pushed: true });
    return null;
  });
}
