import { SoftqdError } from '../base/errors.ts';

export interface SerialUrl {
  readonly protocol: 'bridge' | 'feetech' | 'dynamixel';
  /** `usb:SERIAL` or a path. */
  readonly address: string;
  readonly baudRate: number | null;
}

const PATTERN = /^(bridge|feetech|dynamixel):([^?]+)(?:\?baud=(\d{3,8}))?$/;

/** `bridge:PATH?baud=N` and its like, the baud rate optional. Throws E_USAGE when it is none of them. */
export function parseSerialUrl(url: string): SerialUrl {
  const [, protocol, address, baud] = PATTERN.exec(url) ?? [];
  if (protocol === undefined || address === undefined) {
    throw new SoftqdError('E_USAGE', `${url} is not a serial driver URL`, {
      hint: 'Use bridge:PATH, feetech:PATH or dynamixel:PATH, with ?baud=N for a non-default baud rate. PATH may be usb:SERIAL.',
      values: { url },
    });
  }
  return { protocol: protocol as SerialUrl['protocol'], address, baudRate: baud === undefined ? null : Number(baud) };
}
