import { SoftqdError } from '../../base/errors.ts';

const files = new Set<string>();

/**
 * From now on `process.exit` throws where the code of this file, as it is named in stacks, calls it: a run that a task ends would look like
 * one that succeeded.
 */
export function refuseExitOf(file: string): void {
  if (files.size === 0) replaceExit();
  files.add(file);
}

function replaceExit(): void {
  const exit = process.exit.bind(process);
  process.exit = (code) => {
    const caller = { stack: '' };
    Error.captureStackTrace(caller);
    if ([...files].some((file) => caller.stack.includes(`${file}:`)))
      throw new SoftqdError('E_TASK_MODULE', `calls process.exit(${code ?? ''}); a task must not end the process`);
    return exit(code);
  };
}
