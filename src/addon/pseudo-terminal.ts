import { closeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import type { Duplex } from 'node:stream';
import { SoftqdError } from '../base/errors.ts';
import { loadAddon } from './load-addon.ts';
import type { SystemFailure } from './native-addon.ts';

/** A pseudo-terminal in raw mode: two ends of a serial port without hardware. */
export interface PseudoTerminal {
  /** The end that a program opens as its serial port, e.g. /dev/pts/7. */
  readonly path: string;
  /** This end. It receives what the other end writes, and vice versa. */
  readonly stream: Duplex;
  /** Bit/s that the other end has set, or 0 where the kernel does not report it. It does not limit the speed. */
  baudRate(): number;
  setBaudRate(bitsPerS: number): void;
  /** Hangs up: a program that has the path open reads end of file. */
  close(): void;
}

/** Throws E_CONNECT with the call that failed, E_NOT_IMPLEMENTED where the addon was not built. */
export function openPseudoTerminal(): PseudoTerminal {
  const { addon, ...found } = loadAddon();
  if (addon === null) {
    throw new SoftqdError(
      'E_NOT_IMPLEMENTED',
      `pseudo-terminals require the native addon: ${'reason' in found ? found.reason : ''}`,
    );
  }
  const opened = addon.openPty();
  if (isFailure(opened)) {
    throw new SoftqdError(
      'E_CONNECT',
      `cannot open a pseudo-terminal: ${opened[0]} failed with ${opened[1]} (${opened[2]})`,
      {
        hint: 'Is /dev/pts mounted, and are there free pseudo-terminals (kernel.pty.max)?',
      },
    );
  }
  const { masterFd, slaveFd, slavePath } = opened;
  // Kept open: without an open slave, reads of the master fail and the terminal mode is lost.
  let held = true;
  const stream = new ReadStream(masterFd);
  const release = (): void => {
    if (held) closeSync(slaveFd);
    held = false;
  };
  // The kernel reports the hang-up of the last slave as EIO: the end of the stream, not an error.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    release();
    if (error.code !== 'EIO') stream.destroy();
  });
  stream.once('close', release);
  return {
    path: slavePath,
    stream,
    baudRate: () => {
      const speed = held ? addon.baudRate(slaveFd) : 0;
      return typeof speed === 'number' ? speed : 0;
    },
    setBaudRate: (bitsPerS) => {
      if (held) addon.setBaudRate(slaveFd, bitsPerS);
    },
    close: () => {
      release();
      stream.destroy();
    },
  };
}

function isFailure(value: object): value is SystemFailure {
  return Array.isArray(value);
}
