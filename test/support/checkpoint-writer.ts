import { writeCheckpoint } from '../../src/learner/index.ts';

/** Writes checkpoints until it is killed: `node checkpoint-writer.ts DIRECTORY`; prints a line after the first. */
const directory = process.argv[2]!;
for (let i = 0; ; i++) {
  const parts = new Map(
    ['engine', 'learner'].map((name) => [name, new TextEncoder().encode(`${name} ${i} `.repeat(5000))]),
  );
  await writeCheckpoint(directory, {
    runSha256: 'a'.repeat(64),
    sessionUuid: 's',
    sequence: i,
    policyVersion: 0,
    parts,
  });
  if (i === 0) process.stdout.write('ready\n');
}
