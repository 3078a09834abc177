import { writeSync } from 'node:fs';

/**
 * The keeper: a process that holds the serial port of servos without a watchdog of their own, and writes their stop when the program
 * that drives them dies (its pipe closes, also after SIGKILL) or freezes while armed (its heartbeat ends). It imports nothing, so that
 * it starts fast and stays small.
 *
 * Lines on standard input: `stop SILENCE_MS HEX...` (what to write, packet by packet), `a` (armed, and its heartbeat), `d` (disarmed:
 * nothing to do at the end), `q` (leave without writing). On standard output: `ready`, `stopped`.
 */
const PORT = 3;
const MAX_LINE_LENGTH = 8192;
/** Each packet again: a reply that was under way may have damaged it. */
const REPEATS_MS = [0, 3, 10];

let packets: readonly Uint8Array[] = [];
let silenceMs = 0;
let armed = false;
let lastReceivedMs = performance.now();
let pending = '';

// The terminal's Ctrl-C and a service manager's SIGTERM are meant for the daemon; this ends with it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

process.stdin.setEncoding('latin1');
process.stdin.on('data', (chunk: string) => {
  pending += chunk;
  const lines = pending.split('\n');
  pending = (lines.pop() ?? '').slice(-MAX_LINE_LENGTH);
  for (const line of lines) handleLine(line);
});
process.stdin.on('error', shutDown);
process.stdin.on('end', shutDown);
process.stdin.on('close', shutDown);
process.stdout.on('error', () => undefined);

const watch = setInterval(() => {
  // A look at the pipe before the verdict: this process may have been the one that was kept waiting.
  if (isTimedOut()) setImmediate(() => setImmediate(stopOnTimeout));
}, 5);

function isTimedOut(): boolean {
  return armed && silenceMs > 0 && performance.now() - lastReceivedMs > silenceMs;
}

function stopOnTimeout(): void {
  if (!isTimedOut()) return;
  stopServos();
  send('stopped');
}

function handleLine(line: string): void {
  lastReceivedMs = performance.now();
  if (line === 'a') armed = true;
  else if (line === 'd') armed = false;
  else if (line === 'q') process.exit(0);
  else if (line.startsWith('stop ')) {
    const [, silence, ...hex] = line.split(' ');
    silenceMs = Number(silence);
    packets = hex.map((digits) => Uint8Array.from(Buffer.from(digits, 'hex')));
    send('ready');
  }
}

function shutDown(): void {
  clearInterval(watch);
  if (armed) stopServos();
  process.exit(0);
}

function stopServos(): void {
  armed = false;
  for (const pauseMs of REPEATS_MS) {
    if (pauseMs > 0) sleep(pauseMs);
    for (const packet of packets) writeFully(packet);
  }
}

/** The port does not block: a full buffer is waited for, 50 ms at most. */
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
