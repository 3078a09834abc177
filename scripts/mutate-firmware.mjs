// Mutation test of the firmware's limits and stops: edits one comparison, operator or constant at a time and runs the tests of the core.
// Every mutant must be killed, or be listed with the reason why it changes nothing in firmware-bridge/core/test/equivalent-mutants.json.
//   npx tsx test/support/firmware.ts && nice -n 19 node scripts/mutate-firmware.mjs [--only TEXT] [--list]
// By hand, on one core: it takes some ten minutes. Prints the survivors; exit code 1 when one is not listed, or a listed one is killed.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const firmware = join(dirname(dirname(fileURLToPath(import.meta.url))), 'firmware-bridge');
const MUTATED = ['sq_limits.c', 'sq_bridge.c', 'sq_bridge_stop.c', 'sq_bridge.h'];
const OTHERS = ['sq_crc32.c', 'sq_frame.c', 'sq_bridge_receive.c', 'sq_bridge_transmit.c'];
const LISTED = join(firmware, 'core', 'test', 'equivalent-mutants.json');
const TIMEOUT_MS = 120_000;
const COMPILER = process.env.CC ?? 'cc';
/** A loop that goes one too far is found. */
const SANITIZER = ['-fsanitize=address,bounds', '-fno-sanitize-recover=all'];
const SWAPS = new Map(
  [
    '< <=',
    '<= <',
    '> >=',
    '>= >',
    '== !=',
    '!= ==',
    '&& ||',
    '|| &&',
    '+ -',
    '- +',
    '* /',
    '/ *',
    '|= &=',
    '&= |=',
  ].map((pair) => pair.split(' ')),
);
const TOKEN =
  /\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])'|[A-Za-z_]\w*|(?:0x[\da-fA-F]+|\d+\.\d+(?:e[+-]?\d+)?|\d+(?:e[+-]?\d+)?)[uf]?|<<=|>>=|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/|&^%]=|\S/g;

const argumentAfter = (name) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : null);
const only = argumentAfter('--only');

/** The mutants of one file: position, old and new text. */
function mutantsOf(file, source) {
  const tokens = [...source.matchAll(TOKEN)].filter(({ 0: text }) => !text.startsWith('/*'));
  const mutants = [];
  const seen = new Map();
  tokens.forEach(({ 0: text, index }, i) => {
    const replacement = replacementOf(text, tokens[i - 1]?.[0] ?? '', tokens[i + 1]?.[0] ?? '');
    // The size of an array with initial values: a larger one changes nothing.
    const isSize = tokens[i - 1]?.[0] === '[' && tokens[i + 1]?.[0] === ']' && tokens[i + 2]?.[0] === '=';
    if (replacement === null || isSize) return;
    const start = source.lastIndexOf('\n', index) + 1;
    const line = source.slice(start, source.indexOf('\n', index)).trim();
    // Only numbers of the preprocessor; in a header only those.
    const isDefine = line.startsWith('#define');
    if (line.startsWith('#') && !(isDefine && /^[\d]/.test(text))) return;
    if (file.endsWith('.h') && !(isDefine && /HOLD/.test(line))) return;
    const key = `${line} ${text}`;
    const occurrence = (seen.get(key) ?? 0) + 1;
    seen.set(key, occurrence);
    mutants.push({ file, line, from: text, to: replacement, occurrence, index });
  });
  return mutants;
}

function replacementOf(text, before, after) {
  if (text === 'true') return 'false';
  if (text === 'false') return 'true';
  if (text === '!') return ' ';
  const number = /^(\d+(?:\.\d+)?(?:e[+-]?\d+)?)([uf]?)$/.exec(text);
  if (number !== null) return otherNumber(Number(number[1]), number[1].includes('.') || number[2] === 'f', number[2]);
  if (!SWAPS.has(text)) return null;
  // Unary minus, pointers and includes are not operators of two operands.
  if ('+-*/<>'.includes(text) && !/^[\w)\]]/.test(before.slice(-1))) return null;
  if (text === '*' && /^(const|sq_\w+|softqd\w*|uint8_t|char|float|static)$/.test(before) && /^\w/.test(after))
    return null;
  return SWAPS.get(text);
}

function otherNumber(value, isFloat, suffix) {
  if (!isFloat) return `${value + 1}${suffix}`;
  const other = value === 0 ? 1 : value * 1.1;
  const digits = String(Number(other.toPrecision(6)));
  return `${/[.e]/.test(digits) ? digits : `${digits}.0`}${suffix}`;
}

class Build {
  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), 'softqd-mutants-'));
    this.core = join(this.directory, 'core');
    mkdirSync(this.core);
    for (const name of readdirSync(join(firmware, 'core')).filter((name) => /\.[ch]$/.test(name)))
      writeFileSync(join(this.core, name), readFileSync(join(firmware, 'core', name)));
    const vendor = ['pb_common.c', 'pb_decode.c', 'pb_encode.c'].map((name) =>
      join(firmware, 'third_party', 'nanopb', name),
    );
    vendor.push(join(firmware, 'generated', 'softqd', 'v1', 'link.pb.c'));
    const tests = join(firmware, 'core', 'test');
    const testSources = readdirSync(tests).filter((name) => name.endsWith('.c'));
    this.fixed = vendor.map((file) => this.compile(file));
    this.fixed.push(...testSources.map((name) => this.compile(join(tests, name))));
    this.objects = new Map(
      [...MUTATED.filter((name) => name.endsWith('.c')), ...OTHERS].map((name) => [
        name,
        this.compile(join(this.core, name)),
      ]),
    );
    this.testSources = testSources.map((name) => join(tests, name));
    this.vendor = vendor;
  }

  compile(file, suffix = '') {
    const object = join(this.directory, `${file.replaceAll('/', '_')}${suffix}.o`);
    const includes = [this.core, 'generated', 'third_party/nanopb', 'core/test', 'build'].map(
      (path) => `-I${path.startsWith('/') ? path : join(firmware, path)}`,
    );
    const flags = [
      '-std=c11',
      '-O1',
      '-w',
      ...SANITIZER,
      '-DPB_NO_ERRMSG',
      '-DSQ_TEST_FIRST_FAILURE',
      '-DPB_VALIDATE_UTF8',
      ...includes,
      '-c',
      file,
      '-o',
      object,
    ];
    execFileSync(COMPILER, flags, { stdio: 'pipe' });
    return object;
  }

  /** 'killed', 'survived', or 'invalid' when it does not compile. */
  run(name, text) {
    const path = join(this.core, name);
    const original = readFileSync(path);
    writeFileSync(path, text);
    try {
      const objects = name.endsWith('.h') ? this.everything() : this.withMutant(name, path);
      const program = join(this.directory, 'core-tests');
      execFileSync(COMPILER, [...SANITIZER, ...objects, '-o', program, '-lm'], { stdio: 'pipe' });
      const { status } = spawnSync(program, { stdio: 'ignore', timeout: TIMEOUT_MS });
      return status === 0 ? 'survived' : 'killed';
    } catch (error) {
      if (error.status === undefined) throw error;
      return 'invalid';
    } finally {
      writeFileSync(path, original);
    }
  }

  withMutant(name, path) {
    const objects = new Map(this.objects);
    objects.set(name, this.compile(path, '-mutant'));
    return [...this.fixed, ...objects.values()];
  }

  everything() {
    const sources = [
      ...this.vendor,
      ...this.testSources,
      ...[...this.objects.keys()].map((name) => join(this.core, name)),
    ];
    return sources.map((file) => this.compile(file, '-header'));
  }

  close() {
    rmSync(this.directory, { recursive: true });
  }
}

const isSame = (a, b) => ['file', 'line', 'from', 'to', 'occurrence'].every((field) => a[field] === b[field]);
const describe = ({ file, line, from, to, occurrence }) => JSON.stringify({ file, line, from, to, occurrence });

const listed = JSON.parse(readFileSync(LISTED, 'utf8'));
const mutants = MUTATED.flatMap((file) => mutantsOf(file, readFileSync(join(firmware, 'core', file), 'utf8'))).filter(
  (mutant) => only === null || describe(mutant).includes(only),
);
if (process.argv.includes('--list')) {
  for (const mutant of mutants) console.log(describe(mutant));
  process.exit(0);
}
const build = new Build();
const unchanged = readFileSync(join(firmware, 'core', MUTATED[0]), 'utf8');
if (build.run(MUTATED[0], unchanged) !== 'survived') {
  console.log('the tests of the core fail without a mutant');
  process.exit(1);
}
const counts = { killed: 0, survived: 0, invalid: 0 };
const wrong = [];
for (const mutant of mutants) {
  const source = readFileSync(join(firmware, 'core', mutant.file), 'utf8');
  const text = `${source.slice(0, mutant.index)}${mutant.to}${source.slice(mutant.index + mutant.from.length)}`;
  const outcome = build.run(mutant.file, text);
  counts[outcome]++;
  const isListed = listed.some((entry) => isSame(entry, mutant));
  if (outcome === 'survived' && !isListed) wrong.push(`not killed: ${describe(mutant)}`);
  if (outcome === 'killed' && isListed) wrong.push(`listed, but killed: ${describe(mutant)}`);
  if (outcome === 'survived' && !isListed) console.log(wrong.at(-1));
}
for (const entry of only === null ? listed : [])
  if (!mutants.some((mutant) => isSame(entry, mutant))) wrong.push(`listed, but not a mutant: ${describe(entry)}`);
build.close();
console.log(
  `${mutants.length - counts.invalid} mutants: ${counts.killed} killed, ${counts.survived} survived (${listed.length} listed); ${counts.invalid} do not compile`,
);
for (const line of wrong) console.log(line);
process.exit(wrong.length === 0 ? 0 : 1);
