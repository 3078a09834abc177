import assert from 'node:assert/strict';
import { SimulatedClock } from '../../src/base/clock.ts';
import { SoftqdError } from '../../src/base/errors.ts';
import { controlLoop, lockStepTicks, type TickStep } from '../../src/control/index.ts';
import type { Transition } from '../../src/robot/transition.ts';
import { pendulumInstance, pendulumReading, startState } from '../support/control-loop.ts';

const MS = 1e6;

/** A lock-step line over one hand-driven pendulum; `answer` pushes the reading that ends the step. */
function openLoop(
  options: {
    action?: number;
    horizon?: number;
    settler?: (round: readonly TickStep[]) => boolean | Promise<boolean>;
  } = {},
) {
  const parts = pendulumInstance(options);
  const clock = new SimulatedClock();
  const transitions: Transition[] = [];
  const order: string[] = [];
  const errors: unknown[] = [];
  parts.driver.onApply = () => order.push('apply');
  const line$ = controlLoop({
    ticks$: lockStepTicks([parts.instance], clock, 50 * MS),
    instances: [parts.instance],
    clock,
    maxReadingAgeNs: 200 * MS,
    counter: { sessionUuid: 'session', next: 0 },
    onStep: (round) => {
      for (const look of round) {
        if (look.transition !== null) {
          transitions.push(look.transition);
          order.push('transition');
        }
        if (look.end !== null)
          parts.instance.begin(pendulumReading(100, clock.nowNs(), -0.5), startState, look.instance.episode + 1);
      }
      return options.settler?.(round) ?? true;
    },
    onDropped: () => undefined,
  });
  const subscription = line$.subscribe({ error: (error: unknown) => errors.push(error) });
  let sequence = 0;
  const answer = (theta: number, thetaDot = 0): void =>
    parts.driver.emitReading(pendulumReading(++sequence, clock.nowNs(), theta, thetaDot));
  return { ...parts, transitions, order, errors, subscription, answer };
}

describe('controlLine', () => {
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
    // Log and learner have a step before the next command leaves.
    assert.deepEqual(order, ['apply', 'transition', 'apply', 'transition', 'apply']);
  });

  it('begins the next episode from its own first reading and keeps the true last observation', () => {
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

  it('logs beside the proposed action what the guard let through', () => {
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

  it('never lets NaN out, whatever the policy says', () => {
    const { transitions, answer, policy, driver } = openLoop();
    policy.action = NaN;
    answer(0.2);
    answer(0.2);
    assert.ok(driver.commands.every((command) => command.targets.every(Number.isFinite)));
    assert.ok(transitions[1]!.appliedAction.every(Number.isFinite));
  });

  it('stops asking the policy when the settler ends the run, and lets go of the body', () => {
    let rounds = 0;
    const { answer, driver, policy, subscription } = openLoop({ settler: () => ++rounds < 3 });
    answer(0.2);
    answer(0.3);
    assert.equal(subscription.closed, true);
    assert.equal(driver.readings$.observed, false);
    assert.equal(policy.asked, 2);
  });

  it('ends with the error of the body', () => {
    const { driver, errors } = openLoop();
    driver.readings$.error(new SoftqdError('E_SIMULATOR_LOST', 'gone'));
    assert.equal((errors[0] as SoftqdError).code, 'E_SIMULATOR_LOST');
  });

  it('lets go of everything on unsubscription', () => {
    const { driver, subscription, answer } = openLoop();
    subscription.unsubscribe();
    answer(0.2);
    assert.equal(driver.commands.length, 1);
    assert.equal(driver.readings$.observed, false);
  });
});
