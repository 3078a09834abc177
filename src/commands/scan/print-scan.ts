import { printable, shortNumber, table, type Panel } from '../../cli/index.ts';
import type { ScannedRate } from '../../commissioning/index.ts';
import type { ScanEvent, ScannedPort } from './types.ts';

/** What `scan` displays: the port and the ID that is pinged, live on a terminal; then the result. */
export function scanPanel(): Panel<ScanEvent> {
  let line: string | null = null;
  return {
    handle: (event) => {
      if ('ports' in event) {
        line = null;
        return event.ports.flatMap(portLines);
      }
      const { path, protocol, baudRate, done, total } = event;
      line = printable(`${path}, ${protocol}, ${baudRate} baud: ID ${done + 1} of ${total}`);
      return [];
    },
    liveLines: () => (line === null ? [] : [line]),
  };
}

function portLines({ path, protocol, rates, error }: ScannedPort): string[] {
  const title = `${path}, ${protocol}`;
  if (error !== null) return [printable(`${title}: ${error.message}`)];
  if (rates.length === 0) return [printable(`${title}: no servos found`)];
  return rates.flatMap((rate) => [`${title}, ${rate.baudRate} baud`, ...servoLines(rate)]).map(printable);
}

function servoLines({ servos, unidentified }: ScannedRate): string[] {
  const rows = servos.map(({ id, model, firmware, voltageV, temperatureC, faults }) => [
    `  ${id}`,
    model,
    firmware,
    voltageV === null ? '-' : `${shortNumber(voltageV)} V`,
    temperatureC === null ? '-' : `${temperatureC} C`,
    faults.length === 0 ? 'ok' : `fault: ${faults.join(', ')}`,
  ]);
  const head = ['  id', 'model', 'firmware', 'supply', 'temp', 'state'];
  const servoRows =
    rows.length === 0
      ? []
      : table([head, ...rows])
          .trimEnd()
          .split('\n');
  return [...servoRows, ...unidentified.map(({ id, detail }) => `  ${id}  ${detail}`)];
}
