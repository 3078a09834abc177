import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { SoftqdError } from '../../src/base/errors.ts';
import type { Random } from '../../src/base/random.ts';
import type { SerialTransport } from '../../src/serial/unix-serial-port.ts';

/** A transport over standard input and output of a program that corrupts each byte with some probability, in both directions. */
export class NoisyTransport implements SerialTransport {
  readonly path = 'noisy';
  readonly stableAddress = 'noisy';
  onBytes: (chunk: Uint8Array) => void = () => undefined;
  onLost: (error: SoftqdError) => void = () => undefined;
  damaged = 0;
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly random: Random;
  private readonly probability: number;
  private open = true;

  constructor(child: ChildProcessByStdio<Writable, Readable, null>, random: Random, probability: number) {
    this.child = child;
    this.random = random;
    this.probability = probability;
    child.stdout.on('data', (chunk: Uint8Array) => this.open && this.onBytes(this.damage(chunk)));
    child.once('exit', () => this.open && this.onLost(new SoftqdError('E_SERIAL_LOST', 'the program ended')));
  }

  write(bytes: Uint8Array): boolean {
    if (!this.open) return false;
    this.child.stdin.write(this.damage(bytes));
    return true;
  }

  close(): Promise<void> {
    this.open = false;
    return Promise.resolve();
  }

  private damage(chunk: Uint8Array): Uint8Array {
    const bytes = chunk.slice();
    for (let i = 0; i < bytes.length; i++) {
      if (this.random.uniform() >= this.probability) continue;
      bytes[i]! ^= 1 + this.random.integer(255);
      this.damaged++;
    }
    return bytes;
  }
}
