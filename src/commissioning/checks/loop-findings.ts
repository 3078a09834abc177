import { NS_PER_MS, type Clock } from '../../base/clock.ts';
import type { Finding, FindingLevel } from '../doctor.ts';
import { registerOf, type ServoBus } from '../../servo/index.ts';

export interface LoopOptions {
  readonly ids: readonly number[];
  readonly nameOf: (id: number) => string | null;
  readonly clock: Clock;
  /** null without a robot. */
  readonly periodS: number | null;
}

const READS = 200;

/** 200 reads of all servos as the control loop does them: lost replies of each servo, and the duration. */
export async function loopFindings(bus: ServoBus, options: LoopOptions): Promise<Finding[]> {
  const { ids, clock } = options;
  const lost = new Map(ids.map((id) => [id, 0]));
  const tookNs: number[] = [];
  for (let i = 0; i < READS; i++) {
    const startNs = clock.nowNs();
    const replies = await bus.syncRead({ ...bus.protocol.stateBlock, ids });
    const failed = replies.filter(({ kind }) => kind === 'failed');
    for (const { id } of failed) lost.set(id, (lost.get(id) ?? 0) + 1);
    if (failed.length === 0) tookNs.push(clock.nowNs() - startNs);
  }
  return [lossFinding(lost, options), ...budgetFindings(bus, tookNs, options)];
}

function lossFinding(lost: ReadonlyMap<number, number>, { nameOf }: LoopOptions): Finding {
  const rows = [...lost].map(([id, count]) => {
    const name = nameOf(id);
    return `${id}${name === null ? '' : ` ${name}`} ${((100 * count) / READS).toFixed(1)} %`;
  });
  const most = Math.max(...lost.values()) / READS;
  const level: FindingLevel = most === 0 ? 'ok' : most < 0.01 ? 'info' : most < 0.1 ? 'warning' : 'error';
  return {
    id: 'bus.loss',
    level,
    title: `packet loss over ${READS} reads`,
    detail: rows.join(', '),
    hint:
      level === 'ok'
        ? null
        : 'Loss at one servo and all servos after it: connector or cable. Loss at all servos: power supply, ground, another program on this port, or CPU overload.',
  };
}

function budgetFindings(bus: ServoBus, tookNs: readonly number[], { ids, periodS }: LoopOptions): Finding[] {
  if (tookNs.length === 0) return [];
  const sorted = [...tookNs].sort((a, b) => a - b);
  const at = (fraction: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(fraction * sorted.length))]! / NS_PER_MS;
  const wire = wireMs(bus, ids);
  const used = at(0.99) + wire.write;
  const detail =
    `read ${at(0.5).toFixed(2)} ms (99 % within ${at(0.99).toFixed(2)} ms; ${wire.read.toFixed(2)} ms of it on the wire), ` +
    `write ${wire.write.toFixed(2)} ms`;
  if (periodS === null) {
    return [{ id: 'bus.loop', level: 'ok', title: 'time of one control step', detail, hint: null }];
  }
  const fraction = used / (periodS * 1000);
  const level: FindingLevel = fraction < 0.6 ? 'ok' : fraction < 1 ? 'warning' : 'error';
  return [
    {
      id: 'bus.loop',
      level,
      title: 'loop budget',
      detail: `${detail}: ${Math.round(100 * fraction)} % of the control period of ${(periodS * 1000).toFixed(1)} ms`,
      hint:
        level === 'ok'
          ? null
          : 'Check the latency timer of the adapter above, set returnDelay 0 in the robot file, raise the baud rate, close other programs, or lower --rate.',
    },
  ];
}

/** Milliseconds on the wire of one sync read with all replies, and of one sync write of goals. */
function wireMs(bus: ServoBus, ids: readonly number[]): { readonly read: number; readonly write: number } {
  const { packets, stateBlock } = bus.protocol;
  const { address, size } = registerOf(bus.protocol, 'goalPosition');
  const read = packets.syncRead(stateBlock, ids, false);
  const goals = ids.map((id) => ({ id, data: new Uint8Array(size) }));
  const write = packets.syncWrite({ address, length: size }, goals);
  const ms = (bytes: number): number => bus.replyTimeout.transmissionNs(bytes) / NS_PER_MS;
  return { read: ms(read.bytes.length + read.replyBytes), write: ms(write.length) };
}
