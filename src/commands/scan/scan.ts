import type { CommandFunction } from '../../cli/index.ts';
import { busOpener, parseServoUrl, scanBus, type ServoAddress } from '../../commissioning/index.ts';
import { serialPorts } from '../../serial/index.ts';
import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import type { CommandUi } from '../../runs/index.ts';
import type { ScanCommandOptions, ScanEvent, ScannedPort } from './types.ts';

/** `softqd scan`: the servos that reply, with port and baud rate. Exit code 1 when there are none. */
export const scanCommand: CommandFunction<ScanCommandOptions, ScanEvent> = async (options, ui) => {
  await options.configure();
  const ports: ScannedPort[] = [];
  const addresses = options.driverUrl === null ? await allAddresses(ui) : [parseServoUrl(options.driverUrl)];
  for (const address of addresses) {
    // The servos of one port all have the same protocol.
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

async function scanPort(
  address: ServoAddress,
  options: ScanCommandOptions,
  ui: CommandUi<ScanEvent>,
): Promise<ScannedPort> {
  const { protocol, baudRate } = address;
  const rates = await scanBus({
    open: busOpener(ui),
    protocol,
    address: address.address,
    ...(baudRate === null ? {} : { baudRates: [baudRate] }),
    ...(options.ids === null ? {} : { ids: options.ids }),
    onProgress: ({ baudRate: rate, asked: done, of: total }) =>
      ui.event({ event: 'scanning', path: address.address, protocol, baudRate: rate, done, total }),
    signal: ui.signal,
  });
  return { path: address.address, protocol, rates, error: null };
}

/** Both protocols on every port that is not in use. Throws E_SERIAL_NOT_FOUND when there is no such port. */
async function allAddresses(ui: Pick<CommandUi, 'info'>): Promise<ServoAddress[]> {
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
