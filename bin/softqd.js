#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`softqd needs Node.js 20.19 or newer, this is ${process.version}.\n`);
  process.exit(2);
}
const main = new URL('../dist/commands/main.js', import.meta.url);
if (!existsSync(fileURLToPath(main))) {
  process.stderr.write('softqd is not built here: run `npm ci` (or `npm run build`) in its folder, then try again.\n');
  process.exit(2);
}
await import(main.href);
