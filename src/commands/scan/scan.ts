import { busOpener, parseServoUrl, scanBus, type ScannedRate, type ServoAddress } from '../../commissioning/index.ts';
import { serialPorts } from '../../serial/index.ts';
import type { ServoProtocolName } from '../../servo/index.ts';
import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import type { CommandFunction, CommandUi } from '../../runs/index.ts';
import type { ScanCommandOptions } from '../hardware-options.ts';

/** What was found on one port with one protocol. */
interface ScannedPort {
  readonly path: string;
  readonly protocol: ServoProtocolName;
  readonly rates: readonly ScannedRate[];
  /** Why the port could not be looked at. */
  readonly error: ReturnType<SoftqdError['toJSON']>['error'] | null;
}

/** `softqd scan`: which servos answer, on which port and at which baud rate. Exit code 1 when none does. */
export const scanCommand: CommandFunction<ScanCommandOptions> = async (options, ui) => {
  await options.configure();
  const ports: ScannedPort[] = [];
  const addresses = options.driverUrl === null ? await allAddresses(ui) : [parseServoUrl(options.driverUrl)];
  for (const address of addresses) {
    // A port that answered one protocol does not speak the other.
    if (ports.some(({ path, rates }) => path === address.address && rates.length > 0) || ui.signal.aborted) continue;
    const port = await scanPort(address, options, ui).catch((error: unknown) => {
      if (options.driverUrl !== null) throw error;
      const { path, protocol } = { path: address.address, protocol: address.protocol };
      return { path, protocol, rates: [], error: toSoftqdError(error).toJSON().error };
    });
    ports.push(port);
  }
  ui.event({ ports });
  if (ui.signal.aborted) return 0;
  return ports.some(({ rates }) => rates.some(({ servos }) => servos.length > 0)) ? 0 : 1;
};

async function scanPort(address: ServoAddress, options: ScanCommandOptions, ui: CommandUi): Promise<ScannedPort> {
  const { protocol, baudRate } = address;
  const rates = await scanBus({
    open: busOpener(ui),
    protocol,
    address: address.address,
    ...(baudRate === null ? {} : { baudRates: [baudRate] }),
    ...(options.ids === null ? {} : { ids: options.ids }),
    onProgress: (progress) => ui.event({ event: 'scanning', path: address.address, protocol, ...progress }),
    signal: ui.signal,
  });
  return { path: address.address, protocol, rates, error: null };
}

/** Both protocols on every port that nobody has open. Throws E_SERIAL_NOT_FOUND when there is no port. */
async function allAddresses(ui: CommandUi): Promise<ServoAddress[]> {
  const ports = await serialPorts();
  const free = ports.filter(({ openers }) => openers.length === 0);
  for (const { path, openers } of ports) {
    const [first] = openers;
    if (first !== undefined) ui.info(`skipped ${path}: in use by ${first.program} (${first.pid})`);
  }
  if (free.length === 0) {
    throw new SoftqdError('E_SERIAL_NOT_FOUND', 'no serial ports to scan', {
      hint: 'Plug in the adapter, or pass a port: softqd scan --driver feetech:PATH.',
    });
  }
  return free.flatMap(({ path }) =>
    (['feetech', 'dynamixel'] as const).map((protocol) => ({ protocol, address: path, baudRate: null })),
  );
}
