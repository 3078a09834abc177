import { NS_PER_MS, NS_PER_S, type Clock } from '../../base/clock.ts';
import type { Finding, FindingLevel } from '../doctor.ts';
import { registerOf, type ToolBus } from '../../servo/index.ts';

export interface LoopOptions {
  readonly ids: readonly number[];
  readonly nameOf: (id: number) => string | null;
  readonly clock: Clock;
  /** null: no robot, no period to compare with. */
  readonly periodS: number | null;
}

const READS = 200;
const BITS_PER_BYTE = 10;

/** Two hundred reads of all servos as the control loop does them: what was lost on whose way, and how long it took. */
export async function loopFindings(bus: ToolBus, options: LoopOptions): Promise<Finding[]> {
  const { ids, clock } = options;
  const span = readSpan(bus);
  const lost = new Map(ids.map((id) => [id, 0]));
  const tookNs: number[] = [];
  for (let i = 0; i < READS; i++) {
    const startNs = clock.nowNs();
    const answers = await bus.syncRead({ ...span, ids });
    const failed = answers.filter(({ kind }) => kind === 'failed');
    for (const { id } of failed) lost.set(id, (lost.get(id) ?? 0) + 1);
    if (failed.length === 0) tookNs.push(clock.nowNs() - startNs);
  }
  return [lossFinding(lost, options), ...budgetFindings(bus, span.length, tookNs, options)];
}

/** What a position loop reads: position, velocity, load; on Feetech voltage and temperature lie between. */
function readSpan(bus: ToolBus): { readonly address: number; readonly length: number } {
  const [first, last] =
    bus.protocol === 'feetech' ? ['presentPosition', 'presentTemperature'] : ['presentCurrent', 'presentPosition'];
  const from = registerOf(bus, first);
  const to = registerOf(bus, last);
  return { address: from.address, length: to.address + to.size - from.address };
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

function budgetFindings(
  bus: ToolBus,
  readBytes: number,
  tookNs: readonly number[],
  { ids, periodS }: LoopOptions,
): Finding[] {
  if (tookNs.length === 0) return [];
  const sorted = [...tookNs].sort((a, b) => a - b);
  const at = (part: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]! / NS_PER_MS;
  const wire = wireMs(bus, readBytes, ids.length);
  const used = at(0.99) + wire.write;
  const detail =
    `read ${at(0.5).toFixed(2)} ms (99 % within ${at(0.99).toFixed(2)} ms; ${wire.read.toFixed(2)} ms of it on the wire), ` +
    `write ${wire.write.toFixed(2)} ms`;
  if (periodS === null) {
    return [{ id: 'bus.loop', level: 'ok', title: 'time of one control step', detail, hint: null }];
  }
  const part = used / (periodS * 1000);
  const level: FindingLevel = part < 0.6 ? 'ok' : part < 1 ? 'warning' : 'error';
  return [
    {
      id: 'bus.loop',
      level,
      title: 'loop budget',
      detail: `${detail}: ${Math.round(100 * part)} % of the control period of ${(periodS * 1000).toFixed(1)} ms`,
      hint:
        level === 'ok'
          ? null
          : 'Look at the latency timer of the adapter above, set returnDelay 0 in the robot file, raise the baud rate, close what else runs on this machine, or lower --rate.',
    },
  ];
}

/** Milliseconds on the wire of one sync read with all answers, and of one sync write of goals. */
function wireMs(bus: ToolBus, readBytes: number, servos: number): { readonly read: number; readonly write: number } {
  const goal = registerOf(bus, 'goalPosition').size;
  const feetech = bus.protocol === 'feetech';
  const read = feetech ? 8 + servos + servos * (6 + readBytes) : 14 + servos + servos * (11 + readBytes);
  const write = (feetech ? 8 : 14) + servos * (1 + goal);
  const ms = (bytes: number): number => ((bytes * BITS_PER_BYTE) / bus.baudRate) * (NS_PER_S / NS_PER_MS);
  return { read: ms(read), write: ms(write) };
}
