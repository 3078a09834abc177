import { lstatSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { openPseudoTerminal, type PseudoTerminal } from '../addon/index.ts';
import { SoftqdError } from '../base/errors.ts';
import type { VirtualLine } from './transport.ts';

/** Bytes that nobody reads: beyond, they are lost as on a wire. */
const MOST_UNREAD = 65_536;

/** Throws E_USAGE when `linkPath` is there and no symbolic link. */
export function requireFreeLink(linkPath: string | null): void {
  const found = linkPath === null ? undefined : lstatSync(linkPath, { throwIfNoEntry: false });
  if (linkPath === null || found === undefined || found.isSymbolicLink()) return;
  throw new SoftqdError('E_USAGE', `--link ${linkPath}: there is something else of that name`, {
    hint: 'Name a path that is free, or an older link.',
  });
}

/** The pseudo-terminal of a virtual line, in and out of its socket; optionally with a symbolic link that follows it. */
export class VirtualPort {
  private readonly line: VirtualLine;
  private readonly bitsPerS: number;
  private readonly linkPath: string | null;
  private terminal: PseudoTerminal | null = null;
  /** The one to come: opened before the present one is closed, so that the kernel gives it another name. */
  private next: PseudoTerminal | null = null;

  constructor(line: VirtualLine, bitsPerS: number, linkPath: string | null) {
    this.line = line;
    this.bitsPerS = bitsPerS;
    this.linkPath = linkPath;
  }

  /** null while unplugged. */
  get path(): string | null {
    return this.terminal?.path ?? null;
  }

  /** Opens a new pseudo-terminal, under another name than before, and returns its path. Throws E_CONNECT, E_NOT_YET. */
  plug(): string {
    this.unplug();
    const terminal = this.next ?? openPseudoTerminal();
    this.next = null;
    this.terminal = terminal;
    terminal.setSpeed(this.bitsPerS);
    terminal.stream.on('data', (bytes: Uint8Array) => {
      if (this.terminal === terminal) this.line.receive(bytes);
    });
    this.line.connect({
      speed: () => terminal.speed(),
      write: (bytes) => {
        if (terminal.stream.writableLength < MOST_UNREAD) terminal.stream.write(bytes);
      },
    });
    this.link(terminal.path);
    return terminal.path;
  }

  /** Hangs up: whoever has the port open reads end of file. Throws as `plug`. */
  unplug(): void {
    if (this.terminal === null) return;
    this.next = openPseudoTerminal();
    this.hangUp();
  }

  /** For good. */
  close(): void {
    this.hangUp();
    this.next?.close();
    this.next = null;
  }

  private hangUp(): void {
    const { terminal, linkPath } = this;
    if (terminal === null) return;
    this.terminal = null;
    this.line.connect(null);
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
      throw new SoftqdError('E_USAGE', `--link ${linkPath}: ${(error as Error).message}`, { cause: error });
    }
  }
}
