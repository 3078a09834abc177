/** An output of a command. `columns` and `rows` are null when it is not a terminal. */
export interface Output {
  write(text: string): void;
  readonly isTerminal: boolean;
  readonly columns: number | null;
  readonly rows: number | null;
  /** Calls the listener when the size of the terminal changes. */
  onResize(listener: () => void): void;
}

/** The standard input; the last two members exist on a terminal only. */
export interface InputStream extends NodeJS.ReadableStream {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
}

/** What the command line uses of its process; tests pass their own. */
export interface CliIo {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Absent where there is no input. */
  readonly stdin?: InputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Monotonic, milliseconds. */
  nowMs(): number;
}

/** A stream whose reader may close it: after EPIPE everything written to it is dropped, so that the robot does not stop. */
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
