import { MonotonicClock } from '../../../../src/base/monotonic-clock.ts';
import { silentLogger } from '../../../../src/base/logger.ts';
import { connectServos } from '../../../../src/body/index.ts';
import { startVirtualDevice } from '../../../../src/simulator/index.ts';
import { connectTo, servoPair, startHostBridge } from '../../../support/bridge.ts';
import { connect, startRobot } from '../../../support/rosbridge.ts';
import { loadRobot, robotDirectory, runSimulator } from '../../../support/simulator.ts';
import type { BreakableStand, Stand } from '../stand.ts';

/** One step of 4096 a turn: goals go out in whole steps. */
const STEP_RAD = (2 * Math.PI) / 4096;
/** On a busy machine a robot in this process is slow to answer, and the test slow to command. */
const PATIENT_MS = 5000;

const common = {
  targets: (positions: Float64Array) => [...positions],
  bring: () => undefined,
};

function stateOf(joints: number): Stand['start'] {
  return { qpos: new Float64Array(joints), qvel: new Float64Array(joints) };
}

/** Virtual servos in this process, behind a pseudo-terminal. */
export function servoStand(name: 'so101' | 'koch'): () => Promise<Stand> {
  return async () => {
    const robot = loadRobot(name);
    const device = await startVirtualDevice({
      robot,
      robotDirectory: robotDirectory(name),
      protocol: null,
      faults: null,
      seed: 1,
      calibrated: true,
      truthFile: null,
      linkPath: null,
      onEvent: () => undefined,
    });
    const { body, resetter } = await connectServos({
      protocol: robot.servoBus!.protocol,
      address: device.path!,
      robot,
      calibration: null,
      controlPeriodS: robot.controlPeriodS,
      commandTimeoutMs: PATIENT_MS,
      reconnectForMs: 0,
      clock: new MonotonicClock(),
      logger: silentLogger,
    });
    return {
      ...common,
      body,
      resetter,
      start: stateOf(robot.joints.length),
      lost: 'E_SERIAL_LOST',
      closed: 'E_SERIAL_LOST',
      sentWithinRad: STEP_RAD,
      lose: () => device.close(),
      stop: async () => {
        await body.close();
        await device.close();
      },
    };
  };
}

/** The firmware as a program of its own, behind a pseudo-terminal. */
export async function bridgeStand(): Promise<BreakableStand> {
  const board = await startHostBridge('--patient', '--robot', servoPair.name);
  const { body, resetter } = await connectTo(board.path, {
    robot: servoPair,
    validForMs: 1000,
    silenceTimeoutMs: 2000,
    reconnectForMs: 0,
  });
  return {
    ...common,
    body,
    resetter,
    start: stateOf(servoPair.joints.length),
    lost: 'E_SERIAL_LOST',
    closed: 'E_SERIAL_LOST',
    // Targets are float32.
    sentWithinRad: 1e-6,
    badReadingsLeft: 1000,
    breakReading: () => board.say('blind 1'),
    heal: () => board.say('blind 0'),
    lose: () => board.stop(),
    stop: async () => {
      await body.close();
      await board.stop();
    },
  };
}

/** A robot in ROS behind a rosbridge server in this process. */
export async function rosbridgeStand(): Promise<BreakableStand> {
  const spec = loadRobot('so101');
  const robot = await startRobot(spec);
  const { body, resetter } = await connect(robot.url, { robot: spec, reconnectForMs: 0 });
  return {
    ...common,
    body,
    resetter,
    start: stateOf(spec.joints.length),
    lost: 'E_ROSBRIDGE_LOST',
    closed: 'E_ROSBRIDGE_LOST',
    sentWithinRad: 0,
    badReadingsLeft: 0,
    breakReading: () => robot.positions.fill(NaN),
    heal: () => robot.positions.fill(0),
    lose: () => robot.server.stop(),
    stop: async () => {
      await body.close();
      await robot.stop();
    },
  };
}

/** A simulator whose time goes on by itself. */
export async function runningSimulatorStand(): Promise<Stand> {
  const simulator = await runSimulator('arm2', { mode: 'real-time' });
  const { body, resetter } = await simulator.connect({ clock: new MonotonicClock() });
  return {
    ...common,
    body,
    resetter,
    start: stateOf(2),
    targets: () => [0.25, -0.125],
    lost: 'E_SIMULATOR_LOST',
    closed: 'E_SIMULATOR_LOST',
    sentWithinRad: 0,
    lose: () => simulator.server.close(),
    stop: () => simulator.stop(),
  };
}
