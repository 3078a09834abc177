import { SoftqdError } from '../../base/errors.ts';
import { registerBytes } from '../../wire/registers.ts';
import {
  MAX_ATTEMPTS,
  configureServos,
  identifyServos,
  requireHealthy,
  retry,
  servosByJoint,
  writeAndVerify,
  type JointMap,
  type RegisterSetting,
  type ServoContext,
} from '../../servo/index.ts';
import type { ServoReply } from '../../servo/port.ts';

/** How far beyond its range a joint may rest (4.4 degrees): it is armed at the end of the range. */
const RANGE_TOLERANCE_STEPS = 50;

/** A servo that does not answer must not keep the next one waiting for long. */
const STOP_ATTEMPTS = 3;

/**
 * Puts the servos under power where they are: faults looked at, watchdog cleared, goal := present position, then torque, then both read
 * back, then the watchdog started. A goal is never written before this to a servo that has let go: some firmware switches torque on by
 * itself. Returns the goals in steps. Throws E_SERVO_*, E_SAFETY_STATE when a joint stands outside its range.
 */
async function armServos(
  site: ServoContext,
  maps: readonly JointMap[],
  watchdogMs: number,
): Promise<readonly number[]> {
  const { bus, dialect, robot } = site;
  const servos = servosByJoint(robot);
  await requireHealthy(site);
  const { watchdog, copiedOnArming, lock } = dialect;
  for (const { spec } of servos) {
    const { id } = spec;
    if (watchdog !== null) await writeAndVerify(site, { id, name: watchdog.register, value: watchdog.off });
    if (copiedOnArming !== null) {
      const [name, from] = copiedOnArming;
      const value = await retry(() => bus.read(id, from));
      if ((await retry(() => bus.read(id, name))) !== value) await writeAndVerify(site, { id, name, value });
    }
    if (lock !== null && (await retry(() => bus.read(id, lock))) !== 1)
      await writeAndVerify(site, { id, name: lock, value: 1 });
  }
  const goals = await goalsAtPresentPosition(site, maps);
  for (const [i, { spec }] of servos.entries())
    await writeAndVerify(site, { id: spec.id, name: 'goalPosition', value: goals[i]! });
  for (const { spec } of servos) await writeAndVerify(site, { id: spec.id, name: 'torqueEnable', value: 1 });
  await requireHealthy(site);
  if (watchdog !== null) {
    const value = Math.min(watchdog.max, Math.max(1, Math.ceil(watchdogMs / watchdog.msPerStep)));
    for (const { spec } of servos) await writeAndVerify(site, { id: spec.id, name: watchdog.register, value });
  }
  return goals;
}

/**
 * Looks at all again (a servo that lost power since has forgotten its gains, and may be another one), then arms. `checkpoint` is called
 * between two steps and throws when nobody wants it any more. Whatever fails, the servos are stopped.
 */
export async function verifyAndArm(
  site: ServoContext,
  maps: readonly JointMap[],
  { watchdogMs, checkpoint }: { readonly watchdogMs: number; readonly checkpoint: () => void },
): Promise<readonly number[]> {
  try {
    await identifyServos(site);
    checkpoint();
    await configureServos(site);
    checkpoint();
    const goals = await armServos(site, maps, watchdogMs);
    checkpoint();
    return goals;
  } catch (error) {
    await stopServos(site);
    throw error;
  }
}

/** Where every servo is now, all of them heard. */
async function goalsAtPresentPosition(
  { bus, dialect, robot }: ServoContext,
  maps: readonly JointMap[],
): Promise<readonly number[]> {
  const servos = servosByJoint(robot);
  const answers = new Map<number, ServoReply>();
  let open: readonly number[] = servos.map(({ spec }) => spec.id);
  for (let i = 0; i < MAX_ATTEMPTS && open.length > 0; i++) {
    for (const answer of await bus.syncRead({ ...dialect.block, ids: open })) answers.set(answer.id, answer);
    open = open.filter((id) => answers.get(id)?.kind !== 'data');
  }
  return servos.map(({ spec, joint }, i) => {
    const answer = answers.get(spec.id);
    if (answer?.kind !== 'data') {
      throw new SoftqdError(
        'E_SERVO_NO_REPLY',
        `${robot.name}: cannot read the position of servo ${spec.id} (${joint}): ${answer?.detail ?? 'no answer'}`,
        {
          values: { id: spec.id, joint },
        },
      );
    }
    const { positionSteps } = dialect.sample(answer.data);
    const goal = maps[i]!.clip(positionSteps);
    if (Math.abs(goal - positionSteps) > RANGE_TOLERANCE_STEPS) {
      throw new SoftqdError(
        'E_SAFETY_STATE',
        `${robot.name}: ${joint} (servo ${spec.id}) is at step ${positionSteps}, outside its range ${maps[i]!.minimumSteps} to ${maps[i]!.maximumSteps}`,
        {
          hint: 'Move the joint into its range by hand or recalibrate, then arm again.',
          values: { id: spec.id, joint, positionSteps },
        },
      );
    }
    return goal;
  });
}

/** Stop settings of every joint, grouped by register: what one sync write each can send. */
export function stopWrites({ robot, dialect, bus }: Omit<ServoContext, 'logger'>): readonly {
  readonly address: number;
  readonly length: number;
  readonly items: readonly { readonly id: number; readonly data: Uint8Array }[];
}[] {
  const groups = new Map<string, { id: number; data: Uint8Array }[]>();
  const add = (id: number, [name, value]: RegisterSetting): void => {
    const group = groups.get(name) ?? [];
    group.push({ id, data: registerBytes(bus.registers[name]!, value) });
    groups.set(name, group);
  };
  servosByJoint(robot).forEach(({ spec }, i) => {
    for (const setting of dialect.stop[robot.joints[i]!.stopMode]) add(spec.id, setting);
  });
  return [...groups].map(([name, items]) => {
    const { address, size } = bus.registers[name]!;
    return { address, length: size, items };
  });
}

/**
 * Every joint's stop mode, at once for all by sync writes, then servo by servo until confirmed; a watchdog is switched off, so that who
 * holds goes on holding. Works with what still answers; never rejects. False when a servo did not confirm.
 */
export async function stopServos(site: ServoContext): Promise<boolean> {
  const { bus, dialect, robot } = site;
  const off: readonly RegisterSetting[] =
    dialect.watchdog === null ? [] : [[dialect.watchdog.register, dialect.watchdog.off]];
  for (const write of stopWrites(site)) bus.syncWrite(write);
  const outcomes: boolean[] = [];
  for (const [i, { spec }] of servosByJoint(robot).entries()) {
    for (const [name, value] of [...dialect.stop[robot.joints[i]!.stopMode], ...off]) {
      outcomes.push(await writeConfirmed(site, spec.id, [name, value]));
    }
  }
  return outcomes.every(Boolean);
}

async function writeConfirmed({ bus }: ServoContext, id: number, [name, value]: RegisterSetting): Promise<boolean> {
  for (let i = 0; i < STOP_ATTEMPTS && bus.isOpen; i++) {
    try {
      await bus.write(id, name, value, { ignoreFaults: true });
      return true;
    } catch {
      // Again, or the next servo.
    }
  }
  return false;
}
