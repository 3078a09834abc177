/**
 * The session leader of a terminal, as a shell is: node terminal-child.mjs EXIT_CODE_FILE PROGRAM ARGUMENTS... starts the program in the
 * foreground, sends it SIGHUP when the terminal is closed, and writes its exit code to the file.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const [file, program, ...parameters] = process.argv.slice(2);
const child = spawn(program, parameters, { stdio: 'inherit' });
process.on('SIGHUP', () => child.kill('SIGHUP'));
// Ctrl-C is for the program in the foreground.
process.on('SIGINT', () => undefined);
process.stdout.on('error', () => undefined);
child.on('exit', (code, signal) => writeFileSync(file, signal ?? String(code)));
