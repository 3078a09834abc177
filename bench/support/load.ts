import { setPriority } from 'node:os';
import { loadAddon } from '../../src/addon/index.ts';
import { createStepper } from './stepper.ts';
import { workload } from './workload.ts';

// A learner at full load in a separate process, until its parent exits: continuous gradient steps on the given number of threads.
const [threads = '2', niceness = '5'] = process.argv.slice(2);
// Drop an inherited real-time priority: with it, this process would use all of the machine.
loadAddon().addon?.setRealTime(0);
setPriority(Number(niceness));
const { options } = workload('D');
const stepper = await createStepper({ engine: 'native', backend: 'auto', threads: Number(threads), options });
process.on('disconnect', () => process.exit(0));
let steps = 0;
const startMs = performance.now();
for (;;) {
  steps += stepper.run(5).length;
  // Rarely, to keep the event loop of the parent idle; the parent may have exited between two steps.
  if (steps % 500 === 5)
    process.send?.({ updatesPerS: (1000 * steps) / (performance.now() - startMs) }, () => undefined);
  await new Promise((resolve) => setImmediate(resolve));
}
