import type { SoftqdError } from '../../base/errors.ts';
import type { CommonOptions } from '../../cli/index.ts';
import type { ScannedRate } from '../../commissioning/index.ts';
import type { ServoProtocolName } from '../../servo/index.ts';

export interface ScanCommandOptions extends CommonOptions {
  /** `feetech:PATH` or `dynamixel:PATH`; null: every port that is not in use. */
  readonly driverUrl: string | null;
  /** null: broadcast ping, and 0 to 20. */
  readonly ids: readonly number[] | null;
}

/** A port is being scanned. */
interface ScanProgress {
  readonly event: 'scanning';
  readonly path: string;
  readonly protocol: ServoProtocolName;
  readonly baudRate: number;
  /** IDs that were pinged, and all of them. */
  readonly done: number;
  readonly total: number;
}

/** The result of scanning one port with one protocol. */
export interface ScannedPort {
  readonly path: string;
  readonly protocol: ServoProtocolName;
  /** Baud rates at which something replied. */
  readonly rates: readonly ScannedRate[];
  /** Why the port could not be scanned; null: it was. */
  readonly error: ReturnType<SoftqdError['toJSON']>['error'] | null;
}

interface ScanResult {
  readonly ports: readonly ScannedPort[];
}

export type ScanEvent = ScanProgress | ScanResult;
