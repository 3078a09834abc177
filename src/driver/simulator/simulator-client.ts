import type { Clock } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import { checkReading, type Reading, type ResetState } from '../../robot/reading.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { SimulatorSpec, WireReading } from '../../wire/simulation/simulation-messages.ts';
import type { SimulatorLink } from './simulator-link.ts';

/** A simulator by single requests, without driver or guard. Commands are in the units of the robot and are not limited here. */
export interface SimulatorClient {
  readonly spec: SimulatorSpec;
  /** By `state.seed` where the simulator resets by seed only. Throws E_NOT_IMPLEMENTED there when the state has none. */
  reset(state: ResetState): Promise<Reading>;
  /** Lock-step: the reading after the step. Real time: the next reading that is pushed. */
  command(sequence: number, targets: Float64Array): Promise<Reading>;
  saveState(): Promise<Uint8Array>;
  /** Resolves with the reading that was current when the state was saved. */
  loadState(state: Uint8Array): Promise<Reading>;
  close(): Promise<void>;
}

/** Sets the arrival time and checks the reading: E_READING_SHAPE, E_READING_NON_FINITE. */
export function receivedReading(wire: WireReading, robot: RobotSpec, clock: Clock): Reading {
  const reading: Reading = {
    sequence: wire.sequence,
    arrivalNs: clock.nowNs(),
    deviceTimeS: wire.deviceTimeS,
    positions: wire.positions,
    velocities: wire.velocities,
    efforts: wire.efforts,
    sensors: wire.sensors,
  };
  checkReading(reading, robot);
  if (!Number.isFinite(reading.deviceTimeS)) {
    throw new SoftqdError('E_READING_NON_FINITE', `${robot.name}: device time is ${reading.deviceTimeS}`, {
      values: { part: 'deviceTimeS' },
    });
  }
  return reading;
}

/** The client over a link; `nextPushed` resolves with the next pushed reading. */
export function simulatorClient(options: {
  link: SimulatorLink;
  robot: RobotSpec;
  clock: Clock;
  spec: () => SimulatorSpec;
  nextUnsolicited: () => Promise<Reading>;
}): SimulatorClient {
  const { link, robot, clock, spec, nextUnsolicited } = options;
  const read = async (asked: Promise<{ readonly reading: WireReading }>): Promise<Reading> =>
    receivedReading((await asked).reading, robot, clock);
  return {
    get spec() {
      return spec();
    },
    reset: async (state) => read(link.ask({ type: 'reset', from: resetFrom(state, spec()) }, 'reading')),
    command: async (sequence, targets) => {
      const request = { type: 'command', sequence, targets } as const;
      if (spec().mode === 'lock-step') return read(link.ask(request, 'reading'));
      link.send(request, null);
      return nextUnsolicited();
    },
    saveState: async () => (await link.ask({ type: 'save-state' }, 'state')).state,
    loadState: (state) => read(link.ask({ type: 'load-state', state }, 'reading')),
    close: () => link.close(),
  };
}

function resetFrom({ qpos, qvel, seed }: ResetState, spec: SimulatorSpec): { state: ResetState } | { seed: number } {
  if (!spec.resetsBySeedOnly) return { state: { qpos, qvel } };
  if (seed !== undefined) return { seed };
  throw new SoftqdError('E_NOT_IMPLEMENTED', `the simulator of ${spec.robot} resets by seed, not to a given state`, {
    hint: 'Pass --episodes and --seed instead of given initial states.',
  });
}
