import type { Panel } from '../display.ts';
import type { TerminalUi } from '../host.ts';
import type { StopRequests } from '../../runs/stop-requests/index.ts';
import type { CliIo } from '../output.ts';
import { stderrMessages } from './messages.ts';
import { Redraw } from './redraw.ts';

interface PanelContext {
  readonly stops: StopRequests;
  /** Whether the output is a terminal that can rewrite lines. */
  readonly canRewrite: boolean;
}

/** A few lines that are rewritten in place, everything else above them; without a terminal the live lines are not printed. */
export function panelUi<Event>(io: CliIo, panel: Panel<Event>, { stops, canRewrite }: PanelContext): TerminalUi<Event> {
  const messages = stderrMessages(io);
  const block = new LiveBlock(io);
  const show = (): void => block.draw(panel.liveLines());
  const redraw = new Redraw(show, () => io.nowMs());
  const above = (write: () => void): void => {
    block.clear();
    write();
    if (canRewrite) show();
  };
  return {
    signal: stops.signal,
    stops,
    event: (event) => {
      const lines = panel.handle(event);
      if (lines.length > 0) above(() => io.stdout.write(lines.map((line) => `${line}\n`).join('')));
      if (canRewrite) redraw.request();
    },
    info: (text) => above(() => messages.info(text)),
    error: (error) => above(() => messages.error(error)),
    applySettings: (settings) => {
      redraw.intervalMs = 1000 / settings.refreshHz;
    },
    close: () => {
      redraw.stop();
      block.release();
    },
  };
}

/** The lines at the end of the screen. */
class LiveBlock {
  private readonly io: CliIo;
  private height = 0;

  constructor(io: CliIo) {
    this.io = io;
  }

  /** Replaces the lines. They are truncated at the edge of the screen: a wrapped line cannot be rewritten. */
  draw(lines: readonly string[]): void {
    const columns = Math.max(1, (this.io.stdout.columns ?? 80) - 1);
    const rows = Math.max(1, (this.io.stdout.rows ?? 24) - 1);
    const shown = lines.slice(0, rows);
    const text = shown.map((line) => `\u001b[2K${truncateLine(line, columns)}\n`).join('');
    this.io.stdout.write(`${this.up()}${text}${shown.length < this.height ? '\u001b[J' : ''}`);
    this.height = shown.length;
  }

  clear(): void {
    if (this.height > 0) this.io.stdout.write(`${this.up()}\u001b[J`);
    this.height = 0;
  }

  /** Leaves what is drawn on the screen. */
  release(): void {
    this.height = 0;
  }

  private up(): string {
    return this.height === 0 ? '' : `\u001b[${this.height}A\r`;
  }
}

/** The first `columns` characters; color codes are not counted. */
function truncateLine(line: string, columns: number): string {
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
