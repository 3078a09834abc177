import assert from 'node:assert/strict';
import { SimulatedClock } from '../../src/base/clock.ts';
import { SoftqdError } from '../../src/base/errors.ts';
import {
  beginEpisode,
  controlLoop,
  lockStepTicks,
  type ClosedTick,
  type LoopState,
  type RobotComponents,
} from '../../src/control/index.ts';
import type { Transition } from '../../src/robot/transition.ts';
import { initialState, pendulumReading, pendulumRobot } from '../support/control-loop.ts';

const MS = 1e6;

/** A lock-step loop over one pendulum whose readings a test pushes; `answer` pushes the reading that ends the step. */
function openLoop(options: { action?: number; horizon?: number; maxTicks?: number } = {}) {
  const parts = pendulumRobot(options);
  const clock = new SimulatedClock();
  const transitions: Transition[] = [];
  const order: string[] = [];
  const errors: unknown[] = [];
  parts.driver.onApply = () => order.push('apply');
  let ticks = 0;
  const { closed$, applied$ } = controlLoop({
    ticks$: lockStepTicks([parts.driver], clock, 50 * MS),
    robots: [parts.robot],
    initial: parts.initial,
    clock,
    sessionUuid: 'session',
    maxReadingAgeNs: 200 * MS,
    barrier: (tick) => (++ticks < (options.maxTicks ?? Infinity) ? restarted(parts.robot, tick, clock.nowNs()) : null),
  });
  closed$.subscribe(({ steps }) => {
    for (const { transition } of steps) {
      if (transition === null) continue;
      transitions.push(transition);
      order.push('transition');
    }
  });
  const subscription = applied$.subscribe({ error: (error: unknown) => errors.push(error) });
  let sequence = 0;
  const answer = (theta: number, thetaDot = 0): void =>
    parts.driver.emitReading(pendulumReading(++sequence, clock.nowNs(), theta, thetaDot));
  return { ...parts, transitions, order, errors, subscription, answer };
}

/** The state after a tick: an ended episode restarts at -0.5 rad. */
function restarted(robot: RobotComponents, { state, steps }: ClosedTick, nowNs: number): LoopState {
  if (steps[0]!.end === null) return state;
  const { guard, episode } = state.robots[0]!;
  const start = { reading: pendulumReading(100, nowNs, -0.5), initialState, episode: episode + 1 };
  return { ...state, robots: [beginEpisode(robot, guard, start)] };
}

describe('controlLoop', () => {
  it('sends a command for the first reading and closes each step with the reading after it', () => {
    const { driver, transitions, answer, order } = openLoop({ action: 0.5 });
    answer(0.2, 1);
    answer(0.3, 2);
    assert.deepEqual(
      driver.commands.map((command) => [...command.targets]),
      [[1], [1], [1]],
    );
    assert.equal(transitions.length, 2);
    const [first, second] = transitions;
    assert.deepEqual([...first!.nextObservation], [...second!.observation]);
    assert.deepEqual([...second!.nextObservation], [Math.fround(Math.cos(0.3)), Math.fround(Math.sin(0.3)), 2]);
    // Pendulum-v1: the reward is of the state before the step.
    assert.ok(Math.abs(first!.reward + 0.1 ** 2 + 0.001) < 1e-12);
    assert.deepEqual([first!.sequence, second!.sequence, first!.step, second!.step], [0, 1, 0, 1]);
    assert.deepEqual([first!.monotonicTimeNs, second!.monotonicTimeNs], [0, 50 * MS]);
    // Log and learner have a transition before the next command is sent.
    assert.deepEqual(order, ['apply', 'transition', 'apply', 'transition', 'apply']);
  });

  it('starts the next episode at its first reading and keeps the last observation of the previous one', () => {
    const { transitions, answer, driver } = openLoop({ horizon: 2 });
    answer(0.2);
    answer(0.3);
    answer(-0.6);
    assert.deepEqual(
      transitions.map(({ episode, step, truncated, terminated }) => [episode, step, truncated, terminated]),
      [
        [0, 0, false, false],
        [0, 1, true, false],
        [1, 0, false, false],
      ],
    );
    assert.equal(transitions[1]!.nextObservation[0], Math.fround(Math.cos(0.3)));
    assert.equal(transitions[2]!.observation[0], Math.fround(Math.cos(-0.5)));
    assert.equal(driver.commands.length, 4);
  });

  it('records both the proposed and the applied action', () => {
    const { transitions, answer, policy, driver } = openLoop();
    policy.action = 3;
    answer(0.2);
    answer(0.2);
    assert.deepEqual([...driver.commands[1]!.targets], [2]);
    assert.equal(transitions[1]!.proposedAction[0], 3);
    assert.equal(transitions[1]!.appliedAction[0], 1);
    assert.ok(transitions[1]!.reasonCodes.length > 0);
    assert.deepEqual(transitions[0]!.reasonCodes, []);
  });

  it('does not send NaN for any action of the policy', () => {
    const { transitions, answer, policy, driver } = openLoop();
    policy.action = NaN;
    answer(0.2);
    answer(0.2);
    assert.ok(driver.commands.every((command) => command.targets.every(Number.isFinite)));
    assert.ok(transitions[1]!.appliedAction.every(Number.isFinite));
  });

  it('completes when the barrier ends it, without another call of the policy, and unsubscribes from the driver', () => {
    const { answer, driver, policy, subscription } = openLoop({ maxTicks: 3 });
    answer(0.2);
    answer(0.3);
    assert.equal(subscription.closed, true);
    assert.equal(driver.readings$.observed, false);
    assert.equal(policy.asked, 2);
  });

  it('errors when the driver is lost', () => {
    const { driver, errors } = openLoop();
    driver.readings$.error(new SoftqdError('E_SIMULATOR_LOST', 'gone'));
    assert.equal((errors[0] as SoftqdError).code, 'E_SIMULATOR_LOST');
  });

  it('unsubscribes from all inputs on unsubscription', () => {
    const { driver, subscription, answer } = openLoop();
    subscription.unsubscribe();
    answer(0.2);
    assert.equal(driver.commands.length, 1);
    assert.equal(driver.readings$.observed, false);
  });
});
