import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { temporaryDirectory } from './cli.ts';

const ENTRY = fileURLToPath(new URL('../../src/commands/main.ts', import.meta.url));
const LEADER = fileURLToPath(new URL('./stop-matrix/terminal-child.mjs', import.meta.url));
const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const TIMEOUT_MS = 60_000;

/** Whether `script` of bsdutils is installed. */
export function hasTerminal(): boolean {
  return spawnSync('script', ['--version']).status === 0;
}

/** softqd from source on a real terminal, which a test reads, types on and closes. */
export class Terminal {
  /** Everything that was shown so far. */
  text = '';
  private readonly directory = temporaryDirectory();
  private readonly child: ChildProcess;
  private readonly codeFile = join(this.directory.path, 'code');

  constructor(words: readonly string[]) {
    const command = [process.execPath, LEADER, this.codeFile, process.execPath, '--import', LOADER, ENTRY, ...words];
    const quoted = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
    this.child = spawn('script', ['--quiet', '--flush', '--command', `exec ${quoted}`, '/dev/null'], {
      env: { ...process.env, NO_COLOR: '1', TERM: 'xterm', LANG: 'C' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.child.stdin!.on('error', () => undefined);
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.text += text));
  }

  type(text: string): void {
    this.child.stdin!.write(text);
  }

  /** Resolves when `pattern` is shown after the first `from` characters, with the length of the text until its end. Rejects after a minute. */
  async shows(pattern: RegExp, from = 0): Promise<number> {
    const found = await this.until(() => pattern.exec(this.text.slice(from)), String(pattern));
    return from + found.index + found[0].length;
  }

  /** As when the window is closed. */
  close(): void {
    this.child.kill('SIGKILL');
  }

  /** The exit code of softqd; the name of the signal that ended it. */
  async exitCode(): Promise<string> {
    const code = await this.until(
      () => (existsSync(this.codeFile) ? readFileSync(this.codeFile, 'utf8') : '') || null,
      'the exit',
    );
    this.child.kill('SIGKILL');
    this.directory.remove();
    return code;
  }

  private async until<T>(probe: () => T | null, what: string): Promise<T> {
    const untilMs = performance.now() + TIMEOUT_MS;
    for (;;) {
      const value = probe();
      if (value !== null) return value;
      if (performance.now() > untilMs) throw new Error(`never: ${what}; shown:\n${this.text}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
