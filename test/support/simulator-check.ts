import { cli, type CliResult } from './cli.ts';

/** Runs `softqd simulator check`. */
export function checkSimulator(
  target: string,
  flags: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<CliResult> {
  return cli(['simulator', 'check', target, '--json', ...flags], { env });
}

/** The rules that are broken, and the robot. */
export function checkResult(result: CliResult): { robot: unknown; mode: unknown; broken: string[] } {
  const { robot, mode, rules } = result.events.at(-1) as {
    robot: string;
    mode: string;
    rules: { id: string; result: string; detail: string | null }[];
  };
  const broken = rules.filter((rule) => rule.result === 'broken');
  return { robot, mode, broken: broken.map(({ id, detail }) => `${id}: ${detail ?? ''}`) };
}
