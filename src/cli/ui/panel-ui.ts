import type { CommandSpec, Panel, TerminalUi } from '../host.ts';
import type { CliIo } from '../output.ts';
import { errorText } from './error-text.ts';
import { plainUi } from './plain-ui.ts';
import { Redraw } from './redraw.ts';
import { styleFor } from './style.ts';
import { printable } from './table.ts';

interface Surroundings {
  readonly signal: AbortSignal;
  /** Whether the output can be rewritten. */
  readonly steers: boolean;
}

/** A few lines that are rewritten in place, everything else above them; without a terminal only what stays is printed. */
export function panelUi(
  io: CliIo,
  plan: CommandSpec & { readonly panel: Panel },
  { signal, steers }: Surroundings,
): TerminalUi {
  const { panel } = plan;
  const plain = plainUi(io, plan, signal);
  const block = new LiveBlock(io);
  const show = (): void => block.draw(panel.liveLines());
  const redraw = new Redraw(show, () => io.nowMs());
  const above = (write: () => void): void => {
    block.clear();
    write();
    if (steers) show();
  };
  return {
    signal,
    event: (event) => {
      const lines = panel.handle({ ...event });
      if (lines === null) above(() => plain.event(event));
      else if (lines.length > 0) above(() => io.stdout.write(lines.map((line) => `${line}\n`).join('')));
      if (steers) redraw.request();
    },
    info: (text) => above(() => io.stderr.write(`${printable(text)}\n`)),
    error: (error) => above(() => io.stderr.write(errorText(error, styleFor(io.stderr, io.env)))),
    applySettings: (settings) => {
      redraw.intervalMs = 1000 / settings.refreshHz;
    },
    close: () => {
      redraw.stop();
      block.leave();
    },
  };
}

/** The lines that stand at the end of the screen. */
class LiveBlock {
  private readonly io: CliIo;
  private height = 0;

  constructor(io: CliIo) {
    this.io = io;
  }

  /** Puts these lines in the place of the former ones: cut at the edge of the screen, as a wrapped line could not be rewritten. */
  draw(lines: readonly string[]): void {
    const columns = Math.max(1, (this.io.stdout.columns ?? 80) - 1);
    const rows = Math.max(1, (this.io.stdout.rows ?? 24) - 1);
    const shown = lines.slice(0, rows);
    const text = shown.map((line) => `\u001b[2K${truncateRows(line, columns)}\n`).join('');
    this.io.stdout.write(`${this.up()}${text}${shown.length < this.height ? '\u001b[J' : ''}`);
    this.height = shown.length;
  }

  clear(): void {
    if (this.height > 0) this.io.stdout.write(`${this.up()}\u001b[J`);
    this.height = 0;
  }

  /** What is drawn stays. */
  leave(): void {
    this.height = 0;
  }

  private up(): string {
    return this.height === 0 ? '' : `\u001b[${this.height}A\r`;
  }
}

/** Cuts after so many characters; colours count nothing. */
function truncateRows(line: string, columns: number): string {
  let left = columns;
  return line.replace(
    /(\u001b\[[0-9;]*m)|([^\u001b]+)/g,
    (_all, color: string | undefined, text: string | undefined) => {
      if (text === undefined) return color ?? '';
      const part = text.slice(0, left);
      left -= part.length;
      return part;
    },
  );
}
