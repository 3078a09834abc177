import { Session } from 'node:inspector';
import { parentPort, workerData } from 'node:worker_threads';
import type { CallWatchData, StuckCall } from './call-watch-adapter.ts';

// Entry file of the thread that watches the calls of a task module, see CallWatch: it looks at the counter of the main thread, reports the
// place where a call is stuck, and ends the call.

const POLLS_PER_S = 10;
/** Nothing is ever written there. */
const idle = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

const { counter, maxCallS } = workerData as CallWatchData;
waitForStuckCall();
endStuckCall();

/** Polls are counted, not time: on a loaded machine, or one that was suspended, this thread is as late as the other one. */
function waitForStuckCall(): void {
  let seen = 0;
  for (let polls = 0; polls < maxCallS * POLLS_PER_S; polls++) {
    Atomics.wait(idle, 0, 0, 1000 / POLLS_PER_S);
    const now = Atomics.load(counter, 0);
    if (now === seen && now % 2 !== 0) continue;
    seen = now;
    polls = -1;
  }
}

/** The debugger interrupts any code, says where it is, and can end it. */
function endStuckCall(): void {
  const session = new Session();
  const urls = new Map<string, string>();
  session.connectToMainThread();
  session.on('Debugger.scriptParsed', ({ params }) => urls.set(params.scriptId, params.url));
  session.on('Debugger.paused', ({ params }) => {
    const frames = params.callFrames.map(({ location: { scriptId, lineNumber, columnNumber } }) => ({
      url: urls.get(scriptId) ?? '',
      line: lineNumber + 1,
      column: (columnNumber ?? 0) + 1,
    }));
    parentPort!.postMessage({ frames } satisfies StuckCall);
    session.post('Runtime.terminateExecution');
    session.post('Debugger.resume');
    session.post('Debugger.disable', () => parentPort!.close());
  });
  session.post('Debugger.enable');
  session.post('Debugger.pause');
  // Keeps this thread until the debugger has answered.
  parentPort!.on('message', () => undefined);
}
