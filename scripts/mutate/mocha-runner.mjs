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

  /** The first failure; null: all tests pass. A child that something else kills is replaced, and asked again. */
  async run(groups) {
    for (let attempt = 0; attempt < 3; attempt++) {
      const answer = await this.#ask(groups);
      if (answer.failure !== undefined) return answer.failure;
      this.close();
      if (answer.signal !== 'SIGKILL') return `no answer (${answer.signal ?? 'in time'})`;
    }
    return 'killed again and again';
  }

  async #ask(groups) {
    this.#child ??= fork(path.join(this.#cwd, 'scripts/mutate/mocha-child.ts'), [], {
      cwd: this.#cwd,
      execArgv: ['--import', 'tsx'],
      env: { ...process.env, SOFTQD_PROPERTY_EFFORT: '0.2' },
      stdio: 'ignore',
    });
    const child = this.#child;
    return new Promise((resolve) => {
      const done = (answer) => {
        clearTimeout(timer);
        child.removeAllListeners();
        resolve(answer);
      };
      const timer = setTimeout(() => done({}), this.#timeoutMs);
      child.once('message', done);
      child.once('exit', (code, signal) => done({ signal: signal ?? `exit ${code}` }));
      child.send(groups);
    });
  }

  close() {
    this.#child?.kill('SIGKILL');
    this.#child = null;
  }
}
