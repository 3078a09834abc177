import { toSoftqdError } from '../../base/errors.ts';
import type { JointStop, JointStopResult, StopPlan, StopReport } from '../../robot/stop-plan.ts';
import { STOP_ATTEMPTS } from '../bus/retry.ts';
import type { ServoBus } from '../port.ts';
import type { RegisterSetting } from '../protocols/servo-protocol.ts';
import { readOne, readStopStates, type StoppableRobot } from './read-stop-states.ts';
import { stopSettings, type ServoStopState } from './stop-settings.ts';
import { stopWrites } from './stop-writes.ts';

/**
 * Carries out a stop plan: all joints at once by sync writes, then every register read back, and written again joint by joint until it
 * keeps its value. A servo that fails does not delay the sync writes of the others; never rejects. `states` (in joint order) null: they
 * are read from the servos, and a joint whose torque is off stays as it is.
 */
export async function stopServos(
  bus: ServoBus,
  robot: StoppableRobot,
  plan: StopPlan,
  states: readonly (ServoStopState | null)[] | null = null,
): Promise<StopReport> {
  try {
    const known = states ?? (await readStopStates(bus, robot));
    const ids = (robot.servoBus?.servos ?? []).map(({ id }) => id);
    for (const write of stopWrites(bus.protocol, plan, ids, known)) bus.syncWrite({ ...write, expires: false });
    const servos = plan.joints.map((joint, i) => ({
      joint,
      id: ids[i]!,
      state: known[i] ?? null,
      settings: stopSettings(bus.protocol, joint, known[i] ?? null),
    }));
    const held = await readBack(bus, servos);
    const joints: JointStopResult[] = [];
    for (const servo of servos) joints.push(await confirm(bus, servo, held));
    return { joints };
  } catch (thrown) {
    const detail = toSoftqdError(thrown).message;
    return { joints: plan.joints.map(({ joint, mode }) => ({ joint, mode, confirmed: false, detail })) };
  }
}

interface StoppedServo {
  readonly joint: JointStop;
  readonly id: number;
  readonly state: ServoStopState | null;
  readonly settings: readonly RegisterSetting[];
}

type HeldValues = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** Every register of the stop, of all servos that it concerns, in one sync read each. */
async function readBack(bus: ServoBus, servos: readonly StoppedServo[]): Promise<HeldValues> {
  const values = new Map<string, ReadonlyMap<number, number>>();
  const names = new Set(servos.flatMap(({ settings }) => settings.map(([name]) => name)));
  const holding = servos.filter(({ joint, settings }) => joint.mode === 'hold' && settings.length > 0);
  if (holding.length > 0) names.add('torqueEnable');
  for (const name of names) {
    const concerned = servos.filter(
      (servo) => servo.settings.some(([own]) => own === name) || (name === 'torqueEnable' && holding.includes(servo)),
    );
    const ids = concerned.map(({ id }) => id);
    values.set(name, await readOne(bus, ids, name));
  }
  return values;
}

async function confirm(
  bus: ServoBus,
  { joint: { joint, mode }, id, state, settings }: StoppedServo,
  held: HeldValues,
): Promise<JointStopResult> {
  const failed = (detail: string): JointStopResult => ({ joint, mode, confirmed: false, detail });
  // A servo that is to hold and does not reply may hold its last goal, or be without power.
  if (mode === 'hold' && state === null) return failed(`servo ${id} does not reply`);
  if (!bus.isOpen) return failed('the bus is disconnected');
  for (const [name, value] of settings) {
    if (held.get(name)?.get(id) === value) continue;
    const problem = await writeUntilKept(bus, id, [name, value]);
    if (problem !== null) return failed(problem);
  }
  if (mode === 'hold' && settings.length > 0 && held.get('torqueEnable')?.get(id) === 0)
    return failed(`torque of servo ${id} is off`);
  return { joint, mode, confirmed: true, detail: null };
}

/** null when the register has kept the value, otherwise why not. */
async function writeUntilKept(bus: ServoBus, id: number, [name, value]: RegisterSetting): Promise<string | null> {
  let problem = '';
  for (let attempt = 0; attempt < STOP_ATTEMPTS && bus.isOpen; attempt++) {
    try {
      // The reply may be lost: the value in the register is decisive.
      await bus.write(id, name, value, { ignoreFaults: true }).catch(() => undefined);
      const kept = await bus.read(id, name, { ignoreFaults: true });
      if (kept === value) return null;
      problem = `servo ${id}: wrote ${value} to ${name}, read back ${kept}`;
    } catch (thrown) {
      problem = toSoftqdError(thrown).message;
    }
  }
  return problem === '' ? 'the bus is disconnected' : problem;
}
