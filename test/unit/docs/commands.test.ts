import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { withCommand } from '../../../src/commands/overview/command.ts';
import { buildProgram } from '../../../src/commands/program.ts';
import type { CommandRunner } from '../../../src/cli/index.ts';
import {
  commandsOf,
  documentationPages,
  mentionsOf,
  ROOT,
  shellWords,
  softqdArguments,
  sourceFiles,
  type DocumentedCommand,
} from '../../support/documentation.ts';

/** Missing in a command that is only mentioned. */
const INCOMPLETE = [
  'commander.missingMandatoryOptionValue',
  'commander.missingArgument',
  'commander.help',
  'commander.optionMissingArgument',
];

/** Parses without executing; returns what commander objects to. */
async function parse(words: readonly string[]): Promise<CommanderError | null> {
  const io = { stdout: { write: () => true }, stderr: { write: () => true }, env: {} };
  const runner = { io, execute: () => Promise.resolve() } as unknown as CommandRunner;
  try {
    await quiet(buildProgram(runner, '0')).parseAsync([...withCommand(words)], { from: 'user' });
    return null;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    return thrown.exitCode === 0 ? null : thrown;
  }
}

/** No command prints its usage while it is only parsed. */
function quiet(command: Command): Command {
  command.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  command.commands.forEach(quiet);
  return command;
}

async function complaints(commands: readonly DocumentedCommand[], complete: boolean): Promise<string[]> {
  const found: string[] = [];
  for (const { file, line, text } of commands) {
    const words = softqdArguments(text.replaceAll(' ...', ''));
    if (words === null) continue;
    const error = await parse(words);
    if (error !== null && (complete || !INCOMPLETE.includes(error.code)))
      found.push(`${file}:${line}: ${text}: ${error.message}`);
  }
  return found;
}

/** The examples below the help of every command. */
function helpExamples(command: Command): DocumentedCommand[] {
  let help = '';
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  const own = help
    .split('\n')
    .filter((line) => line.trim().startsWith('$ ') && !line.includes('<command>'))
    .map((line) => ({ file: `help of ${command.name()}`, line: 0, text: line.trim().slice(2).split('   ')[0]! }));
  return [...own, ...command.commands.flatMap(helpExamples)];
}

describe('commands in the documentation', () => {
  const pages = documentationPages();
  const blocks = pages.flatMap(commandsOf);

  it('are found', () => assert.ok(blocks.length > 50, String(blocks.length)));

  it('parse with the flags that exist', async () => assert.deepEqual(await complaints(blocks, true), []));

  it('parse in the text of pages, in comments and in messages', async () => {
    const mentions = [...pages, ...sourceFiles()].flatMap(mentionsOf);
    assert.ok(mentions.length > 20);
    assert.deepEqual(await complaints(mentions, false), []);
  });

  it('parse in the help', async () => {
    const runner = { io: { stdout: { write: () => true } } } as unknown as CommandRunner;
    const examples = helpExamples(buildProgram(runner, '0'));
    assert.ok(examples.length > 30);
    assert.deepEqual(await complaints(examples, true), []);
  });

  it('name scripts of package.json', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    for (const page of [...pages, '.ci/run']) {
      const text = readFileSync(join(ROOT, page), 'utf8');
      for (const [all, name = ''] of text.matchAll(/npm run (?:-s )?([a-z][a-z:-]*)/g))
        assert.ok(name in scripts, `${page}: ${all}`);
    }
  });
});

describe('shellWords', () => {
  it('removes quotes and keeps their content', () =>
    assert.deepEqual(shellWords(`a 'b c'd "e  f"`), ['a', 'b cd', 'e  f']));
});
