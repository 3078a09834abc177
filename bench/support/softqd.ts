import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const binary = fileURLToPath(new URL('../../bin/softqd.js', import.meta.url));

/** Runs the built softqd with --json and returns every printed object; other text is passed to stderr. */
export async function softqd(
  commandArguments: readonly string[],
  onEvent: (event: Record<string, unknown>) => void = () => undefined,
): Promise<Record<string, unknown>[]> {
  const child = spawn(process.execPath, [binary, ...commandArguments, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const events: Record<string, unknown>[] = [];
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = JSON.parse(line) as Record<string, unknown>;
      events.push(event);
      onEvent(event);
    }
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0)
    throw new Error(
      `softqd ${commandArguments.join(' ')} ended with ${code ?? 'a signal'}: ${JSON.stringify(events.at(-1))}`,
    );
  return events;
}
