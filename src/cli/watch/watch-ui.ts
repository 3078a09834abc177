import type { StopRequests } from '../../runs/stop-requests/index.ts';
import type { WatchDisplay } from '../display.ts';
import type { TerminalUi } from '../host.ts';
import type { CliIo } from '../output.ts';
import { errorText } from '../ui/error-text.ts';
import { Redraw } from '../ui/redraw.ts';
import { styleFor, isUnicodeLocale } from '../ui/style.ts';
import { printable } from '../ui/table.ts';
import type { Glyphs } from './canvas.ts';
import { frame, lastFrame, type FrameOptions } from './frame.ts';
import { initialWatchState, withNote } from './watch-state.ts';

/** Alternate screen, cursor off; and back. */
const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';

/** Curve, robot and numbers on the alternate screen; the last frame stays on the screen after the end. */
export function watchUi<Event>(
  io: CliIo,
  { robot, task, update }: WatchDisplay<Event>,
  stops: StopRequests,
): TerminalUi<Event> {
  let state = initialWatchState(robot, task);
  let glyphs: Glyphs = isUnicodeLocale(io.env) ? 'braille' : 'ascii';
  let open = true;
  const style = styleFor(io.stdout, io.env);
  const display = (): FrameOptions => ({ columns: io.stdout.columns ?? 80, rows: io.stdout.rows ?? 24, style, glyphs });
  const draw = (): void => {
    if (open) io.stdout.write(`\u001b[H${frame(state, display()).join('\u001b[K\r\n')}\u001b[K\u001b[J`);
  };
  const redraw = new Redraw(draw, () => io.nowMs());
  const restore = (): void => {
    if (!open) return;
    open = false;
    redraw.stop();
    io.stdout.write(`${LEAVE}${lastFrame(state, display()).join('\n')}\n`);
  };
  io.stdout.write(ENTER);
  process.once('exit', restore);
  io.stdout.onResize(() => redraw.request());
  redraw.request();
  return {
    signal: stops.signal,
    stops,
    event: (event) => {
      state = update(state, event);
      redraw.request();
    },
    info: (text) => {
      if (!open) io.stderr.write(`${printable(text)}\n`);
      state = withNote(state, text);
      redraw.request();
    },
    error: (error) => {
      restore();
      io.stderr.write(errorText(error, styleFor(io.stderr, io.env)));
    },
    applySettings: (settings) => {
      redraw.intervalMs = 1000 / settings.refreshHz;
      if (settings.glyphs !== 'auto') glyphs = settings.glyphs;
    },
    close: () => {
      restore();
      process.off('exit', restore);
    },
  };
}
