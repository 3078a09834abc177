import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The text files of the working tree that git tracks or would add, relative to the root, in order. */
export function projectFiles(root = ROOT) {
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 };
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], options);
  return [...new Set(listed.split('\0'))].filter((file) => file !== '' && existsSync(`${root}/${file}`)).sort();
}

/** The lines of a file, relative to the root. */
export function linesOf(file, root = ROOT) {
  return readFileSync(`${root}/${file}`, 'utf8').split('\n');
}

/** Prints the problems and sets the exit code. */
export function report(problems, passed) {
  for (const problem of problems) console.error(problem);
  if (problems.length === 0) console.log(passed);
  else process.exitCode = 1;
}
