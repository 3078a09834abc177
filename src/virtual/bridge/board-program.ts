import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { JointStop } from '../../robot/stop-plan.ts';
import type { JointDrive } from '../port.ts';

/** Max length of a frame; anything longer is noise. */
const MAX_FRAME_BYTES = 4096;
/** Max queued frames; beyond that the oldest are dropped. */
const MAX_FRAMES = 64;
/** Max unread bytes of a program that does not read. */
const MAX_UNSENT_BYTES = 65_536;
const MAX_LINE_LENGTH = 1024;
const MAX_HOLD_MS = 0xffffffff;

/** Before the effort of a joint that holds its position. */
const HOLD = 'hold=';
const TORQUE_OFF: JointDrive = { kind: 'torque-off' };
const DAMP: JointDrive = { kind: 'damp' };

interface BoardProgramOptions {
  readonly program: string;
  /** Joints and limits in the firmware. */
  readonly robot: string;
  readonly stops: readonly JointStop[];
  readonly onExit: () => void;
}

function stopParameter({ mode, holdS, then, maxHoldTemperatureC }: JointStop): string[] {
  return ['--stop', [mode, Math.min(MAX_HOLD_MS, Math.round(holdS * 1000)), then, maxHoldTemperatureC].join(',')];
}

/**
 * One run of firmware-bridge/host as a child process. The serial connection is its standard input and output; the world is on the
 * descriptors 3 (joints and faults in) and 4 (drives out). It exits with this process.
 */
export class BoardProgram {
  /** Complete frames with their delimiter, oldest first. */
  readonly frames: Uint8Array[] = [];
  drives: readonly JointDrive[];
  lostFrames = 0;
  private readonly child: ChildProcess;
  private partial: Uint8Array = new Uint8Array(0);
  private line = '';

  constructor({ program, robot, stops, onExit }: BoardProgramOptions) {
    const joints = stops.length;
    this.drives = stops.map(() => TORQUE_OFF);
    this.child = spawn(program, ['--robot', robot, '--stdio', '--world', ...stops.flatMap(stopParameter)], {
      stdio: ['pipe', 'pipe', 'ignore', 'pipe', 'pipe'],
    });
    // The exit of the program is reported separately; write errors after it are ignored.
    for (const stream of this.child.stdio) stream?.on('error', () => undefined);
    this.child.once('error', onExit);
    this.child.once('exit', onExit);
    (this.child.stdout as Readable).on('data', (bytes: Uint8Array) => this.receive(bytes));
    (this.child.stdio[4] as Readable).on('data', (bytes: Buffer) => this.execute(bytes.toString('latin1'), joints));
  }

  write(bytes: Uint8Array): void {
    this.writeLine(this.child.stdin, bytes);
  }

  /** Sends a line of the world, as listed in host/main.c. */
  send(line: string): void {
    this.writeLine(this.child.stdio[3] as Writable, `${line}\n`);
  }

  terminate(): void {
    this.child.removeAllListeners('exit');
    this.child.kill('SIGKILL');
  }

  private writeLine(stream: Writable | null, data: Uint8Array | string): void {
    if (stream !== null && stream.writable && stream.writableLength < MAX_UNSENT_BYTES) stream.write(data);
  }

  /** A frame is enclosed in two delimiters; bytes outside a frame stay with the next one. */
  private receive(bytes: Uint8Array): void {
    this.partial = Buffer.concat([this.partial, bytes]);
    let from = 0;
    let empty = true;
    for (let at = 0; at < this.partial.length; at++) {
      if (this.partial[at] !== 0) empty = false;
      else if (!empty) {
        this.storeFrame(this.partial.subarray(from, at + 1));
        from = at + 1;
        empty = true;
      }
    }
    this.partial = this.partial.length - from > MAX_FRAME_BYTES ? new Uint8Array(0) : this.partial.subarray(from);
  }

  private storeFrame(frame: Uint8Array): void {
    if (this.frames.length >= MAX_FRAMES) {
      this.frames.shift();
      this.lostFrames++;
    }
    this.frames.push(frame);
  }

  /** Parses lines such as `drives torque-off damp 0.05 hold=0.1`; the last line applies. */
  private execute(text: string, joints: number): void {
    const lines = (this.line + text).split('\n');
    this.line = lines.pop()!.slice(-MAX_LINE_LENGTH);
    const newest = lines.at(-1)?.split(' ');
    if (newest?.[0] !== 'drives' || newest.length !== joints + 1) return;
    this.drives = newest.slice(1).map((word): JointDrive => {
      if (word === 'damp') return DAMP;
      const holds = word.startsWith(HOLD);
      const effortNmOrN = Number(holds ? word.slice(HOLD.length) : word);
      if (!Number.isFinite(effortNmOrN)) return TORQUE_OFF;
      return { kind: 'effort', effortNmOrN, ...(holds ? { holds } : {}) };
    });
  }
}
