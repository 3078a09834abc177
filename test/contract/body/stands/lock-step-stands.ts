import { SimulatedClock } from '../../../../src/base/clock.ts';
import { openPlayback, ScriptedBody, type Body } from '../../../../src/body/index.ts';
import type { LineTick } from '../../../../src/experience/index.ts';
import { tickAt } from '../../../support/experience/ticks.ts';
import { arm2Robot } from '../../../support/robots.ts';
import { unguardedForTest } from '../../../support/safe-command.ts';
import { breakable, loadRobot, runSimulator } from '../../../support/simulator.ts';
import type { BreakableStand, Stand, WorldStand } from '../stand.ts';

const start = { qpos: Float64Array.of(0.3, -0.4), qvel: Float64Array.of(0.1, 0.2) };
/** Exact in float32, too: what is sent is what was commanded. */
const TARGETS = [0.25, -0.125];
const common = { start, sentWithinRad: 0, targets: () => TARGETS };

function stepper(body: Body, clock = new SimulatedClock()): () => void {
  let sequence = 0;
  return () => {
    clock.advanceTo(clock.nowNs() + body.spec.controlPeriodS * 1e9);
    body.apply(unguardedForTest(sequence++, TARGETS));
  };
}

export async function simulatorStand(): Promise<WorldStand & BreakableStand> {
  let breakReading = (): void => undefined;
  const simulator = await runSimulator('arm2', {
    wrap: (world) => {
      const wrapped = breakable(world);
      breakReading = () => wrapped.breakNext('nan');
      return wrapped.world;
    },
  });
  const clock = new SimulatedClock();
  const { body, resetter, world } = await simulator.connect({ clock });
  return {
    ...common,
    body,
    resetter,
    world,
    lost: 'E_SIMULATOR_LOST',
    closed: 'E_SIMULATOR_LOST',
    badReadingsLeft: 0,
    bring: stepper(body, clock),
    breakReading,
    heal: () => undefined,
    lose: () => simulator.server.close(),
    stop: () => simulator.stop(),
  };
}

export function scriptedStand(): Promise<WorldStand & BreakableStand> {
  let broken = false;
  const clock = new SimulatedClock();
  const body = new ScriptedBody({
    spec: loadRobot('arm2'),
    clock,
    script: () => {
      if (!broken) return {};
      broken = false;
      return { velocities: Float64Array.of(0, NaN) };
    },
  });
  return Promise.resolve({
    ...common,
    body,
    resetter: body.resetter,
    world: body.world,
    lost: 'E_SIMULATOR_LOST',
    closed: 'E_SIMULATOR_LOST',
    badReadingsLeft: 0,
    bring: stepper(body, clock),
    breakReading: () => (broken = true),
    heal: () => undefined,
    lose: () => {
      body.lose();
      return Promise.resolve();
    },
    stop: () => body.close(),
  });
}

/** A recording without an end, until ticks are missing in it. */
export async function playbackStand(): Promise<Stand> {
  let missing = 0;
  async function* ticks(): AsyncGenerator<LineTick> {
    for (let index = 0; ; index++) {
      await Promise.resolve();
      yield tickAt(index + missing);
    }
  }
  const { body, resetter } = await openPlayback({ robot: arm2Robot, ticks: ticks() });
  return {
    ...common,
    body,
    resetter,
    lost: 'E_LOG_FILE',
    closed: 'E_PLAYBACK_DIFFERS',
    bring: stepper(body),
    lose: async () => {
      missing = 5;
      await body.skip().catch(() => undefined);
    },
    stop: () => body.close(),
  };
}
