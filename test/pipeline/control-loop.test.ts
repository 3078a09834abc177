import assert from 'node:assert/strict';
import { SimulatedClock } from '../../src/base/clock.ts';
import { SoftqdError } from '../../src/base/errors.ts';
import { controlLine, lockStepTicks, type ClosedLook } from '../../src/control/index.ts';
import type { Transition } from '../../src/robot/transition.ts';
import { pendulumLane, pendulumReading, startState } from '../support/control-loop.ts';

const MS = 1e6;

/** A lock-step line over one hand-driven pendulum; `answer` pushes the reading that ends the step. */
function openLine(
  options: {
    action?: number;
    horizon?: number;
    settler?: (round: readonly ClosedLook[]) => boolean | Promise<boolean>;
  } = {},
) {
  const parts = pendulumLane(options);
  const clock = new SimulatedClock();
  const transitions: Transition[] = [];
  const order: string[] = [];
  const errors: unknown[] = [];
  parts.body.onApply = () => order.push('apply');
  const line$ = controlLine({
    ticks$: lockStepTicks([parts.lane], clock, 50 * MS),
    lanes: [parts.lane],
    clock,
    maxReadingAgeNs: 200 * MS,
    counter: { sessionUuid: 'session', next: 0 },
    settler: (round) => {
      for (const look of round) {
        if (look.transition !== null) {
          transitions.push(look.transition);
          order.push('transition');
        }
        if (look.end !== null)
          parts.lane.begin(pendulumReading(100, clock.nowNs(), -0.5), startState, look.lane.episode + 1);
      }
      return options.settler?.(round) ?? true;
    },
    onDropped: () => undefined,
  });
  const subscription = line$.subscribe({ error: (error: unknown) => errors.push(error) });
  let sequence = 0;
  const answer = (theta: number, thetaDot = 0): void =>
    parts.body.readings$.next(pendulumReading(++sequence, clock.nowNs(), theta, thetaDot));
  return { ...parts, transitions, order, errors, subscription, answer };
}

describe('controlLine', () => {
  it('sends a command for the first reading and closes each step with the reading after it', () => {
    const { body, transitions, answer, order } = openLine({ action: 0.5 });
    answer(0.2, 1);
    answer(0.3, 2);
    assert.deepEqual(
      body.commands.map((command) => [...command.targets]),
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
    const { transitions, answer, body } = openLine({ horizon: 2 });
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
    assert.equal(body.commands.length, 4);
  });

  it('logs beside the proposed action what the guard let through', () => {
    const { transitions, answer, policy, body } = openLine();
    policy.action = 3;
    answer(0.2);
    answer(0.2);
    assert.deepEqual([...body.commands[1]!.targets], [2]);
    assert.equal(transitions[1]!.proposedAction[0], 3);
    assert.equal(transitions[1]!.appliedAction[0], 1);
    assert.ok(transitions[1]!.reasonCodes.length > 0);
    assert.deepEqual(transitions[0]!.reasonCodes, []);
  });

  it('never lets NaN out, whatever the policy says', () => {
    const { transitions, answer, policy, body } = openLine();
    policy.action = NaN;
    answer(0.2);
    answer(0.2);
    assert.ok(body.commands.every((command) => command.targets.every(Number.isFinite)));
    assert.ok(transitions[1]!.appliedAction.every(Number.isFinite));
  });

  it('stops asking the policy when the settler ends the run, and lets go of the body', () => {
    let rounds = 0;
    const { answer, body, policy, subscription } = openLine({ settler: () => ++rounds < 3 });
    answer(0.2);
    answer(0.3);
    assert.equal(subscription.closed, true);
    assert.equal(body.readings$.observed, false);
    assert.equal(policy.asked, 2);
  });

  it('ends with the error of the body', () => {
    const { body, errors } = openLine();
    body.readings$.error(new SoftqdError('E_SIMULATOR_LOST', 'gone'));
    assert.equal((errors[0] as SoftqdError).code, 'E_SIMULATOR_LOST');
  });

  it('lets go of everything on unsubscription', () => {
    const { body, subscription, answer } = openLine();
    subscription.unsubscribe();
    answer(0.2);
    assert.equal(body.commands.length, 1);
    assert.equal(body.readings$.observed, false);
  });
});
