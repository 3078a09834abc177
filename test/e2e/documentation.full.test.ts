import assert from 'node:assert/strict';
import { commandsOf, documentationPages, softqdArguments } from '../support/documentation.ts';
import { DOCUMENTED_RUNS, OTHER_COMMANDS, prepareDirectory, runDocumented } from '../support/documentation-runs.ts';
import { temporaryDirectory } from '../support/cli.ts';
import { realTimeTests } from '../support/real-time-tests.ts';

/** A command that several pages have is run once. */
const commands = [
  ...new Map(
    documentationPages()
      .flatMap(commandsOf)
      .map((command) => [command.text, command]),
  ).values(),
];

describe('every command in the documentation', function () {
  realTimeTests(this, 180_000);
  const directory = temporaryDirectory();
  before(() => prepareDirectory(directory.path));
  after(() => directory.remove());

  for (const { file, line, text } of commands) {
    const words = softqdArguments(text);
    const other = OTHER_COMMANDS.find(({ matches }) => matches.test(text));
    if (words === null || other !== undefined) {
      it(`${text}: is run elsewhere (${file}:${line})`, () => {
        assert.ok(other, 'add it to OTHER_COMMANDS, with a reason');
        assert.ok(other.holds(), other.reason);
      });
      continue;
    }
    it(`${text}: runs (${file}:${line})`, async () => {
      const run = DOCUMENTED_RUNS.find(({ matches }) => matches.test(words.join(' ')));
      assert.ok(run, 'add it to DOCUMENTED_RUNS');
      const { code, stdout, stderr } = await runDocumented(words, run, directory.path);
      assert.ok(
        (run.codes ?? [0]).includes(code ?? -1),
        `exit code ${code ?? 'none'}: ${stdout.slice(-2000)}${stderr}`,
      );
      if (run.output !== undefined) assert.match(stdout + stderr, run.output);
    });
  }
});
