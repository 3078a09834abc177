import { writeSync } from 'node:fs';
import { setPriority } from 'node:os';
import type { HoldingOptions } from './holding.ts';

/**
 * The watchdog process. It has the serial port and writes the stop packets when the daemon exits (its pipe closes, also after SIGKILL) or
 * hangs while armed (heartbeats end). Until then it needs no other module, so that nothing can fail; afterwards it supervises the joints
 * that hold (`holding.ts`, loaded before it is ready).
 *
 * Lines on standard input:
 * - `config JSON`: WatchdogConfig
 * - `a HEX... [/ HEX...]`: armed and heartbeat, with the newest stop packets; after `/` those of a timeout, where they differ
 * - `a`: heartbeat
 * - `p JSON`: the plan of the packets
 * - `d`: disarmed, nothing to write at the end
 * - `h JSON`: stopped, and holding by this plan
 * - `n`: the daemon runs, and does not drive
 * - `q`: exit without writing
 *
 * On standard output: `ready`, `k` (heartbeat received), `stopped`.
 */
const PORT = 3;
const MAX_LINE_LENGTH = 65_536;
/** Times at which every packet is repeated: a reply in transmission may have corrupted it. */
const REPEATS_MS = [0, 3, 10];
const CHECK_PERIOD_MS = 5;
/** A daemon that sends nothing for this time after a stop hangs: this process supervises the joints that hold. */
const SILENT_DAEMON_MS = 500;
/** At most one confirmation in this time. */
const CONFIRMATION_PERIOD_MS = 15;
const PRIORITY = -15;

type Config = Omit<HoldingOptions, 'port' | 'sinceMs' | 'onEnd'> & { readonly timeoutMs: number };

let config: Config | null = null;
let packets: readonly Uint8Array[] = [];
let timeoutPackets: readonly Uint8Array[] = [];
let armed = false;
/** The plan of an orderly stop whose joints hold, and its time. */
let held: { readonly plan: HoldingOptions['plan']; readonly sinceMs: number } | null = null;
/** Time of the last heartbeat, and of the last line of any kind. */
let lastHeartbeatMs = performance.now();
let lastLineMs = lastHeartbeatMs;
/** It has stopped the servos, and the daemon has sent nothing since. */
let stopped = false;
let lastConfirmedMs = -Infinity;
let pending = '';
let ended = false;
/** Ends the supervision of holding joints; the daemon has resumed. */
let cancelHolding: () => void = () => undefined;

// Ctrl-C and the SIGTERM of a service manager are for the daemon; this process exits with it, or when nothing is held any more.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
try {
  setPriority(PRIORITY);
} catch {
  // Needs a privilege.
}

/** Loaded before it is needed: an update may replace the program meanwhile. Loading pauses this process: it is ready afterwards. */
const loadHolding = import('./holding.ts');
loadHolding.catch(() => undefined);

process.stdin.setEncoding('latin1');
process.stdin.on('data', (chunk: string) => {
  pending += chunk;
  const lines = pending.split('\n');
  pending = (lines.pop() ?? '').slice(-MAX_LINE_LENGTH);
  for (const line of lines) handleLine(line);
});
for (const event of ['error', 'end', 'close']) process.stdin.on(event, shutDown);
process.stdout.on('error', () => undefined);

const checkTimer = setInterval(() => {
  // Reads the pipe before it decides: this process may have been the one that was paused.
  if (isTimedOut()) setImmediate(() => setImmediate(stopOnTimeout));
  else if (stopped && performance.now() - lastLineMs > SILENT_DAEMON_MS) {
    stopped = false;
    void hold();
  }
}, CHECK_PERIOD_MS);

function isTimedOut(): boolean {
  return armed && config !== null && config.timeoutMs > 0 && performance.now() - lastHeartbeatMs > config.timeoutMs;
}

function stopOnTimeout(): void {
  if (!isTimedOut() || ended) return;
  stopServos(timeoutPackets);
  stopped = true;
  send('stopped');
}

function handleLine(line: string): void {
  lastLineMs = performance.now();
  stopped = false;
  cancelHolding();
  cancelHolding = () => undefined;
  const [word = '', ...rest] = line.split(' ');
  switch (word) {
    case 'a':
      lastHeartbeatMs = lastLineMs;
      armed = true;
      held = null;
      if (rest.length > 0) keepPackets(rest);
      confirm();
      return;
    case 'p':
      if (config !== null) config = { ...config, plan: JSON.parse(line.slice(2)) as HoldingOptions['plan'] };
      return;
    case 'd':
      armed = false;
      held = null;
      return;
    case 'h':
      armed = false;
      held = { plan: JSON.parse(line.slice(2)) as HoldingOptions['plan'], sinceMs: performance.now() };
      return;
    case 'q':
      process.exit(0);
      return;
    case 'config':
      config = JSON.parse(line.slice('config '.length)) as Config;
      process.title = `softqd-watchdog ${config.robot.name}`;
      loadHolding.catch(() => undefined).finally(() => send('ready'));
      return;
    default:
  }
}

function keepPackets(words: readonly string[]): void {
  const bytes = (digits: readonly string[]): Uint8Array[] => digits.map((text) => Buffer.from(text, 'hex'));
  const separator = words.indexOf('/');
  packets = bytes(separator < 0 ? words : words.slice(0, separator));
  timeoutPackets = separator < 0 ? packets : bytes(words.slice(separator + 1));
}

function confirm(): void {
  if (lastLineMs - lastConfirmedMs < CONFIRMATION_PERIOD_MS) return;
  lastConfirmedMs = lastLineMs;
  send('k');
}

function shutDown(): void {
  if (ended) return;
  ended = true;
  clearInterval(checkTimer);
  if (armed) stopServos(packets);
  hold().then(
    (holding) => {
      if (!holding) process.exit(0);
    },
    () => process.exit(1),
  );
}

/** After a stop: supervises the joints that hold, if another process can take over. */
async function hold(): Promise<boolean> {
  if (config === null || held === null || config.holdSocketPath === null) return false;
  if (!held.plan.joints.some(({ mode }) => mode === 'hold')) return false;
  const { startHolding } = await loadHolding;
  cancelHolding = startHolding({ ...config, ...held, port: PORT, onEnd: () => ended && process.exit(0) });
  return true;
}

function stopServos(written: readonly Uint8Array[]): void {
  armed = false;
  held = config === null ? null : { plan: config.plan, sinceMs: performance.now() };
  for (const pauseMs of REPEATS_MS) {
    if (pauseMs > 0) sleep(pauseMs);
    for (const packet of written) writeFully(packet);
  }
}

/** The port is non-blocking: waits up to 50 ms for a full buffer. */
function writeFully(packet: Uint8Array): void {
  let at = 0;
  for (let i = 0; i < 50 && at < packet.length; i++) {
    try {
      at += writeSync(PORT, packet, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
      sleep(1);
    }
  }
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function send(word: string): void {
  process.stdout.write(`${word}\n`);
}
