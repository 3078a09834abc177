import { SoftqdError } from '../base/errors.ts';
import { parseRosbridgeUrl } from '../driver/index.ts';
import { parseSerialUrl, type SerialUrl } from '../serial/index.ts';

/** The value of `--driver`, parsed and checked before anything is opened. */
export type DriverUrl =
  | { readonly kind: 'simulator'; readonly url: string }
  | ({ readonly kind: 'serial' } & SerialUrl)
  | { readonly kind: 'rosbridge'; readonly url: string }
  | { readonly kind: 'playback'; readonly file: string };

/** Throws E_USAGE for anything that is not a driver URL, and for one that contains credentials. */
export function parseDriverUrl(text: string): DriverUrl {
  const scheme = /^([a-z]+):/.exec(text)?.[1];
  switch (scheme) {
    case 'bridge':
    case 'feetech':
    case 'dynamixel':
      return { kind: 'serial', ...parseSerialUrl(text) };
    case 'rosbridge':
    case 'rosbridges':
      parseRosbridgeUrl(text);
      return { kind: 'rosbridge', url: text };
    case 'playback':
      return { kind: 'playback', file: playbackFile(text) };
    case 'ws':
    case 'wss':
      return { kind: 'simulator', url: simulatorUrl(text) };
    default:
      throw unknownDriverError(text);
  }
}

/** A driver URL as text, as a person writes it. */
export function driverUrlText(url: DriverUrl): string {
  if (url.kind === 'playback') return `playback:${url.file}`;
  if (url.kind !== 'serial') return url.url;
  return `${url.protocol}:${url.address}${url.baudRate === null ? '' : `?baud=${url.baudRate}`}`;
}

/** Whether a driver URL names hardware: motors that a person may stand beside. null: the embedded simulator. */
export function isHardware(url: DriverUrl | null): boolean {
  return url?.kind === 'serial' || url?.kind === 'rosbridge';
}

function playbackFile(text: string): string {
  const file = text.slice('playback:'.length);
  if (file === '') throw unknownDriverError(text);
  return file;
}

function simulatorUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.hostname === '') throw unknownDriverError(text);
  if (url.username !== '' || url.password !== '' || url.search !== '') {
    throw new SoftqdError('E_USAGE', '--driver URL must not contain user, password or query', {
      hint: 'Pass the token in a file: --set simulator.tokenFile=FILE.',
    });
  }
  return text;
}

function unknownDriverError(given: string): SoftqdError {
  // A password in it is not repeated.
  const text = given.slice(0, 200).replace(/\/\/[^/]*@/, '//...@');
  return new SoftqdError('E_USAGE', `--driver ${JSON.stringify(text)}: unknown driver`, {
    hint: 'ws://HOST:PORT (a simulator), bridge:PATH, feetech:PATH, dynamixel:PATH (PATH may be usb:SERIAL, ?baud=N behind it), rosbridge://HOST:PORT or playback:FILE.',
    values: { driver: text },
  });
}
