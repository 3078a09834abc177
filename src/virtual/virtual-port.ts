import { lstatSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { openPseudoTerminal, type PseudoTerminal } from '../addon/index.ts';
import { SoftqdError } from '../base/errors.ts';
import type { VirtualTransport } from './transport.ts';

/** Max unread bytes; more are lost, as on a wire. */
const MAX_UNSENT_BYTES = 65_536;

/** Throws E_USAGE when `linkPath` exists and is not a symbolic link. */
export function requireFreeLink(linkPath: string | null): void {
  const found = linkPath === null ? undefined : lstatSync(linkPath, { throwIfNoEntry: false });
  if (linkPath === null || found === undefined || found.isSymbolicLink()) return;
  throw new SoftqdError('E_USAGE', `--symlink ${linkPath}: there is something else of that name`, {
    hint: 'Name a path that is free, or an older link.',
  });
}

/** The pseudo-terminal of a virtual device, which can be unplugged; optionally with a symbolic link that follows it. */
export class VirtualPort {
  private readonly transport: VirtualTransport;
  private readonly bitsPerS: number;
  private readonly linkPath: string | null;
  private terminal: PseudoTerminal | null = null;
  /** The next terminal, opened before the present one is closed so that the kernel gives it another name. */
  private next: PseudoTerminal | null = null;

  constructor(transport: VirtualTransport, bitsPerS: number, linkPath: string | null) {
    this.transport = transport;
    this.bitsPerS = bitsPerS;
    this.linkPath = linkPath;
  }

  /** null while unplugged. */
  get path(): string | null {
    return this.terminal?.path ?? null;
  }

  /** Opens a new pseudo-terminal, under another name than before, and returns its path. Throws E_CONNECT, E_NOT_IMPLEMENTED. */
  attach(): string {
    this.detach();
    const terminal = this.next ?? openPseudoTerminal();
    this.next = null;
    this.terminal = terminal;
    terminal.setBaudRate(this.bitsPerS);
    terminal.stream.on('data', (bytes: Uint8Array) => {
      if (this.terminal === terminal) this.transport.receive(bytes);
    });
    this.transport.connect({
      speed: () => terminal.baudRate(),
      write: (bytes) => {
        if (terminal.stream.writableLength < MAX_UNSENT_BYTES) terminal.stream.write(bytes);
      },
    });
    this.link(terminal.path);
    return terminal.path;
  }

  /** Hangs up: a program that has the port open reads end of file. Throws as `plug`. */
  detach(): void {
    if (this.terminal === null) return;
    this.next = openPseudoTerminal();
    this.closePort();
  }

  /** Closes the port permanently. */
  close(): void {
    this.closePort();
    this.next?.close();
    this.next = null;
  }

  private closePort(): void {
    const { terminal, linkPath } = this;
    if (terminal === null) return;
    this.terminal = null;
    this.transport.connect(null);
    terminal.close();
    if (linkPath !== null) rmSync(linkPath, { force: true });
  }

  private link(path: string): void {
    const { linkPath } = this;
    if (linkPath === null) return;
    try {
      const beside = `${linkPath}.${process.pid}`;
      symlinkSync(path, beside);
      renameSync(beside, linkPath);
    } catch (error) {
      this.close();
      throw new SoftqdError('E_USAGE', `--symlink ${linkPath}: ${(error as Error).message}`, { cause: error });
    }
  }
}
