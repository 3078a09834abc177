import { registerBytes } from '../../wire/registers.ts';
import { registerOf, servosByJoint, STOP_ATTEMPTS, type RegisterSetting } from '../../servo/index.ts';
import type { RobotServos } from './robot-servos.ts';

/** One sync write: a register of every servo that it concerns. */
export interface StopWrite {
  readonly address: number;
  readonly length: number;
  readonly items: readonly { readonly id: number; readonly data: Uint8Array }[];
}

/** The stop modes of all joints as one sync write per register. */
export function stopWrites({ bus, robot }: Omit<RobotServos, 'logger'>): readonly StopWrite[] {
  const { protocol } = bus;
  const groups = new Map<string, { id: number; data: Uint8Array }[]>();
  servosByJoint(robot).forEach(({ spec }, i) => {
    for (const [name, value] of protocol.stop[robot.joints[i]!.stopMode]) {
      const group = groups.get(name) ?? [];
      group.push({ id: spec.id, data: registerBytes(registerOf(protocol, name), value) });
      groups.set(name, group);
    }
  });
  return [...groups].map(([name, items]) => {
    const { address, size } = registerOf(protocol, name);
    return { address, length: size, items };
  });
}

/**
 * Puts every joint in its stop mode: all at once by sync writes, then servo by servo until confirmed. The bus watchdog is turned off so
 * that a holding servo continues to hold. Continues with the servos that reply; never rejects. False when a servo did not confirm.
 */
export async function stopServos(servos: RobotServos): Promise<boolean> {
  const { bus, robot } = servos;
  const { stop, watchdog } = bus.protocol;
  const watchdogOff: readonly RegisterSetting[] = watchdog === null ? [] : [[watchdog.register, watchdog.off]];
  for (const write of stopWrites(servos)) bus.syncWrite(write);
  let confirmed = true;
  for (const [i, { spec }] of servosByJoint(robot).entries()) {
    for (const setting of [...stop[robot.joints[i]!.stopMode], ...watchdogOff]) {
      if (!(await writeConfirmed(servos, spec.id, setting))) confirmed = false;
    }
  }
  return confirmed;
}

async function writeConfirmed({ bus }: RobotServos, id: number, [name, value]: RegisterSetting): Promise<boolean> {
  for (let attempt = 0; attempt < STOP_ATTEMPTS && bus.isOpen; attempt++) {
    try {
      await bus.write(id, name, value, { ignoreFaults: true });
      return true;
    } catch {
      // The next attempt, or the next servo.
    }
  }
  return false;
}
