import type { InputStream } from './output.ts';

export type Key =
  'left' | 'right' | 'up' | 'down' | 'space' | 'enter' | 'escape' | 'interrupt' | { readonly text: string };

const NAMED: readonly (readonly [string, Key])[] = [
  ['\u001b[D', 'left'],
  ['\u001bOD', 'left'],
  ['\u001b[C', 'right'],
  ['\u001bOC', 'right'],
  ['\u001b[A', 'up'],
  ['\u001bOA', 'up'],
  ['\u001b[B', 'down'],
  ['\u001bOB', 'down'],
];

/** The keys in a terminal's input; unknown escape sequences are dropped. */
export function keysOf(text: string): Key[] {
  const keys: Key[] = [];
  let rest = text;
  while (rest !== '') {
    const named = NAMED.find(([code]) => rest.startsWith(code));
    const length = named?.[0].length ?? /^\u001b(\[[0-9;?]*[ -/]*[@-~]|O.)?/.exec(rest)?.[0].length ?? 1;
    const sequence = rest.slice(0, length);
    rest = rest.slice(length);
    if (named !== undefined) keys.push(named[1]);
    else if (sequence === '\u001b') keys.push('escape');
    else if (sequence.length === 1) keys.push(plainKey(sequence));
  }
  return keys;
}

function plainKey(character: string): Key {
  if (character === ' ') return 'space';
  if (character === '\r' || character === '\n') return 'enter';
  if (character === '\u0003' || character === '\u0004') return 'interrupt';
  return { text: character };
}

/**
 * Reports every key of a terminal, which is in raw mode until the returned function is called. In raw mode Ctrl-C is the key `interrupt`:
 * the caller must act on it.
 */
export function listenToKeys(stream: InputStream, onKey: (key: Key) => void): () => void {
  const onData = (chunk: Buffer | string): void => {
    for (const key of keysOf(String(chunk).slice(0, 256))) onKey(key);
  };
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    stream.off('data', onData);
    stream.setRawMode?.(false);
    stream.pause();
    process.off('exit', close);
  };
  stream.setRawMode?.(true);
  stream.on('data', onData);
  stream.resume();
  process.once('exit', close);
  return close;
}
