/** Where a command's text goes. `columns`/`rows` are null when it is not a terminal. */
export interface Output {
  write(text: string): void;
  readonly isTerminal: boolean;
  readonly columns: number | null;
  readonly rows: number | null;
  /** Hears when the terminal gets another size. */
  onResize(listener: () => void): void;
}

/** A stream of what is typed; the last two only on a terminal. */
export interface InputStream extends NodeJS.ReadableStream {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
}

/** What the command line needs from its process; tests pass their own. */
export interface CliIo {
  readonly stdout: Output;
  readonly stderr: Output;
  /** What a person types; absent where nothing can be. */
  readonly stdin?: InputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Monotonic, milliseconds. */
  nowMs(): number;
}

/** A stream whose reader may go away: after EPIPE everything written to it is dropped silently:
 * a robot does not stop because a log reader did. */
export function streamOutput(stream: NodeJS.WriteStream): Output {
  let closed = false;
  stream.on('error', () => {
    closed = true;
  });
  return {
    write: (text) => {
      if (!closed) stream.write(text);
    },
    get isTerminal() {
      return stream.isTTY;
    },
    get columns() {
      return stream.isTTY ? stream.columns : null;
    },
    get rows() {
      return stream.isTTY ? stream.rows : null;
    },
    onResize: (listener) => {
      stream.on('resize', listener);
    },
  };
}
