import { fork } from 'node:child_process';
import path from 'node:path';

/** Runs groups of mocha test files in `cwd`, in one child process that is replaced when it does not answer (an endless loop) or dies. */
export class MochaRunner {
  #cwd;
  #timeoutMs;
  #child = null;

  constructor(cwd, timeoutMs) {
    this.#cwd = cwd;
    this.#timeoutMs = timeoutMs;
  }

  /** Whether all tests pass. */
  async run(groups) {
    this.#child ??= fork(path.join(this.#cwd, 'scripts/mutate/mocha-child.ts'), [], {
      cwd: this.#cwd,
      execArgv: ['--import', 'tsx'],
      env: { ...process.env, SOFTQD_PROPERTY_EFFORT: '0.2' },
      stdio: 'ignore',
    });
    const child = this.#child;
    const answer = await new Promise((resolve) => {
      const timer = setTimeout(() => resolve(null), this.#timeoutMs);
      const done = (value) => {
        clearTimeout(timer);
        child.removeAllListeners();
        resolve(value);
      };
      child.once('message', done);
      child.once('exit', () => done(null));
      child.send(groups);
    });
    if (answer === null) this.close();
    return answer === true;
  }

  close() {
    this.#child?.kill('SIGKILL');
    this.#child = null;
  }
}
