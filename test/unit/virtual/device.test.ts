import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SerialPort } from 'serialport';
import type { SoftqdError } from '../../../src/base/errors.ts';
import { startVirtualDevice, type VirtualDevice, type VirtualDeviceEvent } from '../../../src/virtual/index.ts';
import {
  encodeFeetechInstruction,
  type FeetechInstruction,
  type FeetechPacket,
  FeetechPacketDecoder,
} from '../../../src/wire/feetech/index.ts';
import { requireAddon } from '../../support/addon.ts';
import { LEVER_MODEL, leverRobot } from '../../support/lever-robot.ts';

/** Long enough for a busy machine. */
const REPLY_TIMEOUT_MS = 5000;

class RawClient {
  readonly port: SerialPort;
  private readonly decoder = new FeetechPacketDecoder();
  private readonly packets: FeetechPacket[] = [];
  private wake = (): void => undefined;

  private constructor(port: SerialPort) {
    this.port = port;
    port.on('data', (bytes: Buffer) => {
      this.decoder.append(bytes);
      for (let packet = this.decoder.next(); packet !== null; packet = this.decoder.next()) this.packets.push(packet);
      this.wake();
    });
  }

  static async open(file: string, baudRate = 1_000_000): Promise<RawClient> {
    const port = new SerialPort({ path: file, baudRate, autoOpen: false });
    await new Promise<void>((resolve, reject) => port.open((error) => (error === null ? resolve() : reject(error))));
    return new RawClient(port);
  }

  async ask(
    instruction: FeetechInstruction,
    replies = 1,
    waitMs = REPLY_TIMEOUT_MS,
  ): Promise<readonly FeetechPacket[]> {
    this.packets.length = 0;
    this.port.write(encodeFeetechInstruction(instruction));
    const deadline = Date.now() + waitMs;
    // On a busy machine replies to earlier requests may still arrive.
    const asked = ({ id }: FeetechPacket): boolean =>
      !('id' in instruction) || instruction.id === 254 || instruction.id === id;
    while (this.packets.filter(asked).length < replies && Date.now() < deadline) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        setTimeout(resolve, Math.max(1, deadline - Date.now()));
      });
    }
    return this.packets.filter(asked);
  }

  async position(id: number): Promise<number> {
    const [packet] = await this.ask({ kind: 'read', id, address: 56, length: 2 });
    assert.ok(packet, `servo ${id} does not answer`);
    return packet.parameters[0]! + 256 * packet.parameters[1]!;
  }

  async close(): Promise<void> {
    if (this.port.isOpen) await new Promise<void>((resolve) => this.port.close(() => resolve()));
  }
}

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + REPLY_TIMEOUT_MS;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, what);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('a virtual device', function () {
  this.timeout(30_000);
  let directory: string;
  let device: VirtualDevice;
  let client: RawClient | null = null;
  let events: VirtualDeviceEvent[];

  before(function () {
    requireAddon(this);
    directory = mkdtempSync(path.join(tmpdir(), 'softqd-virtual-'));
    writeFileSync(path.join(directory, 'model.xml'), LEVER_MODEL);
  });
  after(() => rmSync(directory, { recursive: true, force: true }));
  afterEach(async () => {
    await client?.close();
    client = null;
    await device.close();
  });

  async function start(more: { faults?: string; groundTruth?: boolean; link?: boolean } = {}): Promise<string> {
    events = [];
    device = await startVirtualDevice({
      robot: leverRobot(),
      robotDirectory: directory,
      protocol: null,
      faults: more.faults ?? null,
      seed: 1,
      calibrated: true,
      groundTruthFile: more.groundTruth === true ? path.join(directory, 'truth.jsonl') : null,
      linkPath: more.link === true ? path.join(directory, 'link') : null,
      onEvent: (event) => events.push(event),
    });
    return device.path!;
  }

  it('reports its path and servos, and replies there', async () => {
    const file = await start();
    assert.deepEqual(events, [{ event: 'ready', pty: file, protocol: 'feetech', ids: [1, 2], baudRate: 1_000_000 }]);
    client = await RawClient.open(file);
    const replies = await client.ask({ kind: 'ping', id: 254 }, 2);
    assert.deepEqual(
      replies.map(({ id }) => id),
      [1, 2],
    );
  });

  it('receives nothing at another baud rate, and again at the right one', async () => {
    const file = await start();
    client = await RawClient.open(file, 115_200);
    assert.deepEqual(await client.ask({ kind: 'ping', id: 1 }, 1, 100), []);
    await client.close();
    client = await RawClient.open(file);
    // A busy kernel may deliver the first request only now: then it gets a reply, too.
    assert.ok((await client.ask({ kind: 'ping', id: 1 })).length >= 1);
  });

  it('continues when programs open and close the port', async () => {
    const file = await start();
    for (let i = 0; i < 3; i++) {
      client = await RawClient.open(file);
      assert.equal((await client.ask({ kind: 'ping', id: 2 })).length, 1);
      await client.close();
    }
  });

  it('lets the arm fall with torque off and lifts it when a goal is written', async () => {
    client = await RawClient.open(await start());
    await until('the lever falls', async () => (await client!.position(1)) > 2500);
    await client.ask({ kind: 'write', id: 1, address: 42, data: Uint8Array.of(0, 8) });
    await until('the lever rises', async () => (await client!.position(1)) < 2150);
  });

  it('delays replies by at least the transmission time', async () => {
    client = await RawClient.open(await start());
    const bytes = 9 + 2 * 256;
    for (let i = 0; i < 5; i++) {
      const startNs = process.hrtime.bigint();
      const replies: readonly FeetechPacket[] = await client.ask(
        { kind: 'syncRead', address: 0, length: 250, ids: [1, 2] },
        2,
      );
      const tookNs = Number(process.hrtime.bigint() - startNs);
      assert.equal(replies.length, 2);
      assert.ok(tookNs >= bytes * 10_000, `${tookNs} ns for ${bytes} bytes`);
    }
  });

  it('reappears under another name after unplug, and updates its link', async () => {
    const file = await start({ faults: 'unplug@300ms+200ms', link: true });
    const link = path.join(directory, 'link');
    assert.equal(readlinkSync(link), file);
    client = await RawClient.open(file);
    let closed = false;
    client.port.on('close', () => (closed = true));
    await until('it is unplugged', () => events.length >= 2);
    assert.deepEqual(events[1], { event: 'unplugged', pty: file });
    await until('the program notices', () => closed);
    await until('it is plugged in again', () => events.length >= 3);
    const ready = events[2]!;
    assert.ok(ready.event === 'ready' && ready.pty !== file && ready.link === link);
    assert.equal(readlinkSync(link), ready.pty);
    client = await RawClient.open(link);
    assert.equal((await client.ask({ kind: 'ping', id: 1 })).length, 1);
    await client.close();
    await device.close();
    assert.equal(existsSync(link), false);
  });

  it('applies scheduled faults: a servo dies, another restarts', async () => {
    client = await RawClient.open(await start({ faults: 'dead=2@100ms,reboot=1@200ms' }));
    await until('servo 2 is dead', async () => (await client!.ask({ kind: 'ping', id: 2 }, 1, 50)).length === 0);
    await until('servo 1 is away', async () => (await client!.ask({ kind: 'ping', id: 1 }, 1, 50)).length === 0);
    await until('servo 1 is back', async () => (await client!.ask({ kind: 'ping', id: 1 }, 1, 50)).length === 1);
    assert.deepEqual(await client.ask({ kind: 'ping', id: 2 }, 1, 50), []);
  });

  it('writes the ground truth: bus traffic and joint states', async () => {
    client = await RawClient.open(await start({ groundTruth: true, faults: 'corrupt=20%' }));
    for (let i = 0; i < 30; i++) await client.ask({ kind: 'read', id: 1, address: 56, length: 2 }, 1, 20);
    await client.close();
    await device.close();
    const lines = readFileSync(path.join(directory, 'truth.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown> & { kind: string; bytes?: string });
    const kinds = new Set(lines.map(({ kind }) => kind));
    for (const kind of ['start', 'joints', 'request', 'reply', 'end']) assert.ok(kinds.has(kind), kind);
    const decoder = new FeetechPacketDecoder();
    const replies = lines.filter(({ kind }) => kind === 'reply');
    for (const { bytes } of replies) decoder.append(Buffer.from(bytes!, 'hex'));
    let whole = 0;
    while (decoder.next() !== null) whole++;
    assert.equal(whole, replies.length);
    assert.ok(replies.some(({ arrived }) => typeof arrived === 'string'));
    assert.deepEqual(lines.at(-1)!['droppedLines'], 0);
  });

  it('rejects a protocol of other servos, an invalid fault, and a link path that is not a link', async () => {
    await start();
    const refused = (more: object): Promise<void> =>
      assert.rejects(
        startVirtualDevice({
          robot: leverRobot(),
          robotDirectory: directory,
          protocol: null,
          faults: null,
          seed: 1,
          calibrated: true,
          groundTruthFile: null,
          linkPath: null,
          onEvent: () => undefined,
          ...more,
        }),
        (error: SoftqdError) => error.code === 'E_USAGE',
      );
    await refused({ protocol: 'dynamixel' });
    await refused({ faults: 'dead=7' });
    await refused({ linkPath: path.join(directory, 'model.xml') });
  });
});
