/** Position of a key in its file, counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface KeyPositions {
  /** The first place of each dotted key path. */
  readonly positions: ReadonlyMap<string, Position>;
  /** Key paths that are stated twice in one object, with their second place. */
  readonly duplicates: readonly { readonly path: string; readonly position: Position }[];
}

/**
 * Finds the line and column of every object key in JSON5 text that JSON5.parse has accepted.
 * Keys inside arrays are skipped: they are not settings.
 */
export function findKeys(text: string): KeyPositions {
  const scanner = new KeyScanner(text);
  scanner.skipBlank();
  if (scanner.peek() === '{') scanner.object('');
  return { positions: scanner.positions, duplicates: scanner.duplicates };
}

class KeyScanner {
  readonly positions = new Map<string, Position>();
  readonly duplicates: { path: string; position: Position }[] = [];
  private readonly text: string;
  private at = 0;
  private line = 1;
  private lineStart = 0;

  constructor(text: string) {
    this.text = text;
  }

  peek(): string {
    return this.text[this.at] ?? '';
  }

  /** Reads `{ key: value, ... }`; `prefix` is the dotted path of the object. */
  object(prefix: string): void {
    this.next();
    for (;;) {
      this.skipBlank();
      const first = this.peek();
      if (first === '}' || first === '') {
        this.next();
        return;
      }
      if (first === ',') {
        this.next();
        continue;
      }
      const position = { line: this.line, column: this.at - this.lineStart + 1 };
      const key = this.key();
      const path = prefix === '' ? key : `${prefix}.${key}`;
      if (this.positions.has(path)) this.duplicates.push({ path, position });
      else this.positions.set(path, position);
      this.skipBlank();
      this.next();
      this.skipBlank();
      if (this.peek() === '{') this.object(path);
      else this.skipValue();
    }
  }

  skipBlank(): void {
    for (;;) {
      const char = this.peek();
      const pair = this.text.slice(this.at, this.at + 2);
      if (pair === '//') while (this.at < this.text.length && this.peek() !== '\n') this.next();
      else if (pair === '/*') {
        const end = this.text.indexOf('*/', this.at + 2);
        const stop = end < 0 ? this.text.length : end + 2;
        while (this.at < stop) this.next();
      } else if (char !== '' && /\s/.test(char)) this.next();
      else return;
    }
  }

  private key(): string {
    const quote = this.peek();
    if (quote === '"' || quote === "'") return this.quoted();
    const start = this.at;
    while (this.at < this.text.length && !/[\s:/]/.test(this.peek())) this.next();
    return this.text.slice(start, this.at);
  }

  private quoted(): string {
    const quote = this.peek();
    let content = '';
    this.next();
    while (this.at < this.text.length && this.peek() !== quote) {
      if (this.peek() === '\\') this.next();
      content += this.peek();
      this.next();
    }
    this.next();
    return content;
  }

  /** Skips a number, word, string or array, up to the comma or brace behind it. */
  private skipValue(): void {
    let depth = 0;
    while (this.at < this.text.length) {
      this.skipBlank();
      const char = this.peek();
      if (depth === 0 && (char === ',' || char === '}')) return;
      if (char === '"' || char === "'") this.quoted();
      else {
        if (char === '[' || char === '{') depth++;
        if (char === ']' || char === '}') depth--;
        this.next();
      }
    }
  }

  private next(): void {
    if (this.peek() === '\n') {
      this.line++;
      this.lineStart = this.at + 1;
    }
    this.at++;
  }
}
