import type { StopPlan } from '../../robot/stop-plan.ts';
import { registerBytes } from '../../wire/registers.ts';
import type { SyncWriteItem } from '../protocols/request.ts';
import type { RegisterSetting, ServoProtocol } from '../protocols/servo-protocol.ts';
import { registerOf } from '../registers/register-of.ts';
import { stopSettings, type ServoStopState } from './stop-settings.ts';

/** One sync write: a register of every servo that it concerns. */
export interface StopWrite {
  readonly register: string;
  readonly address: number;
  readonly length: number;
  readonly items: readonly SyncWriteItem[];
}

/** The stop of all servos as one sync write per register, in order. `ids` and `states` are in the order of the plan's joints. */
export function stopWrites(
  protocol: ServoProtocol,
  plan: StopPlan,
  ids: readonly number[],
  states: readonly (ServoStopState | null)[],
): readonly StopWrite[] {
  const settings = plan.joints.map((joint, i) => stopSettings(protocol, joint, states[i] ?? null));
  return syncWrites(protocol, ids, settings);
}

/** The stop of all servos as packets, for a process that has only the port. */
export function stopPackets(protocol: ServoProtocol, ...rest: TailOf<typeof stopWrites>): readonly Uint8Array[] {
  return stopWrites(protocol, ...rest).map(({ address, length, items }) =>
    protocol.packets.syncWrite({ address, length }, items),
  );
}

type TailOf<F extends (...args: never[]) => unknown> = Parameters<F> extends [unknown, ...infer Rest] ? Rest : never;

function syncWrites(
  protocol: ServoProtocol,
  ids: readonly number[],
  settings: readonly (readonly RegisterSetting[])[],
): readonly StopWrite[] {
  const groups = new Map<string, SyncWriteItem[]>();
  settings.forEach((ofServo, i) => {
    for (const [name, value] of ofServo) {
      const group = groups.get(name) ?? [];
      group.push({ id: ids[i]!, data: registerBytes(registerOf(protocol, name), value) });
      groups.set(name, group);
    }
  });
  return [...groups].map(([register, items]) => {
    const { address, size } = registerOf(protocol, register);
    return { register, address, length: size, items };
  });
}
