import { broken } from './check-connection.ts';
import { asController, fitting, resetBySeed, targetsAt, type Rule } from './rule.ts';

const DURATION_MS = 1000;
const MIN_PERIODS = 20;
/** Of the number of readings: a busy machine skips deadlines. */
const TOLERANCE = 0.2;

/** Rules of simulators in real time. */
export const REAL_TIME_RULES: readonly Rule[] = [
  {
    id: 'pushes',
    text: 'a Reading with reply_to 0 is pushed after each control period; device_time_s increases; commands are not answered',
    mode: 'real-time',
    needs: ['reset'],
    check: (context) =>
      asController(context, async (connection) => {
        const { controlPeriodS } = context.robot;
        let { deviceTimeS } = await resetBySeed(context, connection, 1);
        const startS = deviceTimeS;
        const startMs = performance.now();
        const endMs = startMs + Math.max(DURATION_MS, MIN_PERIODS * controlPeriodS * 1000);
        let count = 0;
        while (performance.now() < endMs) {
          connection.send({ type: 'command', sequence: count, targets: targetsAt(context, count) });
          const reply = await connection.next('no Reading was pushed');
          if (reply.type === 'closed') throw broken(`the connection was closed (${reply.closeCode})`);
          if (reply.type !== 'reading' || reply.replyTo !== 0)
            throw broken(`${reply.type} with reply_to ${reply.type === 'reading' ? reply.replyTo : '-'} was received`);
          const reading = fitting(context, reply.reading);
          if (!(reading.deviceTimeS > deviceTimeS))
            throw broken(`device_time_s is ${reading.deviceTimeS} after ${deviceTimeS}`);
          ({ deviceTimeS } = reading);
          count += 1;
        }
        const seconds = (performance.now() - startMs) / 1000;
        if (Math.abs(deviceTimeS - startS - seconds) > TOLERANCE * seconds)
          throw broken(`the simulation advanced by ${(deviceTimeS - startS).toFixed(3)} s in ${seconds.toFixed(3)} s`);
        if (Math.abs(count - seconds / controlPeriodS) > (TOLERANCE * seconds) / controlPeriodS)
          throw broken(`${count} readings in ${seconds.toFixed(3)} s, expected one every ${controlPeriodS} s`);
      }),
  },
];
