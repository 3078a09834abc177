import { writeSync } from 'node:fs';

/**
 * The watchdog process. It has the serial port of servos without a bus watchdog and writes their stop packets when the daemon exits (its
 * pipe closes, also after SIGKILL) or hangs while armed (heartbeats end). It imports nothing, so that it starts fast and stays small.
 *
 * Lines on standard input: `stop TIMEOUT_MS HEX...` (packets to write), `a` (armed, and heartbeat), `d` (disarmed: nothing to write at the
 * end), `q` (exit without writing). On standard output: `ready`, `stopped`.
 */
const PORT = 3;
const MAX_LINE_LENGTH = 8192;
/** Times at which every packet is repeated: a reply in transmission may have corrupted it. */
const REPEATS_MS = [0, 3, 10];

let packets: readonly Uint8Array[] = [];
let timeoutMs = 0;
let armed = false;
let lastReceivedMs = performance.now();
let pending = '';

// Ctrl-C and the SIGTERM of a service manager are for the daemon; this process exits with it.
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

const checkTimer = setInterval(() => {
  // Reads the pipe before it decides: this process may have been the one that was paused.
  if (isTimedOut()) setImmediate(() => setImmediate(stopOnTimeout));
}, 5);

function isTimedOut(): boolean {
  return armed && timeoutMs > 0 && performance.now() - lastReceivedMs > timeoutMs;
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
    const [, timeout, ...hex] = line.split(' ');
    timeoutMs = Number(timeout);
    packets = hex.map((digits) => Uint8Array.from(Buffer.from(digits, 'hex')));
    send('ready');
  }
}

function shutDown(): void {
  clearInterval(checkTimer);
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
