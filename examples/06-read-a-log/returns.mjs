/** Prints the return of each episode in an exported log: node returns.mjs transitions.jsonl */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

const returns = new Map();
for await (const line of createInterface({ input: createReadStream(process.argv[2]) })) {
  const { episode, reward } = JSON.parse(line);
  returns.set(episode, (returns.get(episode) ?? 0) + reward);
}
for (const [episode, sum] of returns) console.log(`episode ${episode}: return ${sum.toFixed(1)}`);
