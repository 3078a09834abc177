import assert from 'node:assert/strict';
import { MonotonicClock } from '../../../src/base/monotonic-clock.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { openServoBus } from '../../../src/servo/index.ts';
import type { RobotSpec } from '../../../src/robot/robot-spec.ts';
import { scanBus, setupServos, type AssignedServo, type SetupEvent } from '../../../src/commissioning/index.ts';
import { assignServoId } from '../../../src/commissioning/setup/assign-servo-id.ts';
import { busServos } from '../../../src/virtual/connected-servos.ts';
import { requireAddon } from '../../support/addon.ts';
import { loadRobot } from '../../support/simulator.ts';
import { startVirtualArm, type VirtualArm, type VirtualArmOptions } from '../../support/virtual-arm.ts';
import { SimulatedServos } from '../../support/simulated-servos.ts';

const FACTORY = { so101: { id: 1, baudRate: 1_000_000 }, koch: { id: 1, baudRate: 57_600 } } as const;

describe('setup of new servos', function () {
  this.timeout(30_000);
  let arm: VirtualArm | null = null;
  before(function () {
    requireAddon(this);
  });
  afterEach(() => {
    arm?.close();
    arm = null;
  });

  const start = (name: string, options: VirtualArmOptions): VirtualArm => (arm = startVirtualArm(name, options));

  interface SetupRequest {
    readonly joint?: string;
    readonly from?: string;
    readonly robot?: RobotSpec;
    /** Called at each prompt, before Enter. */
    readonly onQuestion?: (text: string, asked: number) => void;
    readonly signal?: AbortSignal;
  }

  async function setUp(
    setting: SetupRequest,
  ): Promise<{ done: readonly AssignedServo[]; events: SetupEvent[]; notes: string[] }> {
    const events: SetupEvent[] = [];
    const notes: string[] = [];
    let asked = 0;
    const signal = setting.signal ?? new AbortController().signal;
    const done = await setupServos({
      robot: setting.robot ?? arm!.robot,
      open: ({ baudRate }) => arm!.open(baudRate),
      address: arm!.path,
      baudRates: [arm!.robot.name === 'koch' ? 57_600 : 1_000_000],
      joint: setting.joint ?? null,
      from: setting.from ?? null,
      clock: new MonotonicClock(),
      signal,
      person: {
        emit: (event) => events.push(event),
        info: (text) => notes.push(text),
        waitForEnter: ({ text }) => {
          setting.onQuestion?.(text, ++asked);
          return signal.aborted ? Promise.reject(signal.reason as Error) : Promise.resolve();
        },
      },
    });
    return { done, events, notes };
  }

  async function found(baudRates: readonly number[]): Promise<[number, number][]> {
    const { protocol } = arm!.robot.servoBus!;
    const open = ({ baudRate }: { baudRate: number }) => arm!.open(baudRate);
    const rates = await scanBus({ open, protocol, address: arm!.path, baudRates, ids: [1, 3, 5, 6] });
    return rates.flatMap(({ baudRate, servos }) => servos.map(({ id }): [number, number] => [id, baudRate]));
  }

  for (const name of ['so101', 'koch'] as const) {
    it(`${name}: assigns ID and baud rate of a joint to one servo, which keeps them without power and is not written again`, async () => {
      const { protocol } = start(name, { fresh: 'gripper' }).robot.servoBus!;
      assert.deepEqual(await found([1_000_000, 57_600]), [[1, FACTORY[name].baudRate]]);
      const { done, events } = await setUp({ joint: 'gripper' });
      const [{ model, written, ...configured }] = done as [AssignedServo];
      assert.deepEqual(configured, { joint: 'gripper', id: 6, baudRate: 1_000_000, before: FACTORY[name] });
      assert.equal(model, name === 'so101' ? 'STS3215 (777)' : 'XL330-M288 (1200)');
      assert.deepEqual(written, name === 'so101' ? ['id'] : ['id', 'baudRate']);
      assert.deepEqual(events.at(-1), { event: 'servo', ...done[0]! });
      assert.deepEqual(await found([1_000_000, 57_600]), [[6, 1_000_000]]);

      const bus = await arm!.open();
      assert.equal(await bus.read(6, 'torqueEnable'), 0);
      if (protocol === 'feetech') assert.equal(await bus.read(6, 'lock'), 1);
      await bus.reboot(6);
      assert.equal((await bus.ping(6))?.id, 6);
      await bus.close();
      assert.deepEqual((await setUp({ joint: 'gripper' })).done[0]!.written, []);
    });

    it(`${name}: rejects two servos with one ID and writes nothing`, async () => {
      start(name, { fresh: 'gripper', faults: 'duplicate-id=1' });
      await assert.rejects(setUp({ joint: 'gripper' }), {
        code: 'E_SERVO_MULTIPLE',
        message: /^expected one servo: ID 1 at \d+ baud, corrupt replies, possibly two servos with this ID$/,
      });
      assert.deepEqual(await found([57_600, 1_000_000]), []);
      const bus = await arm!.open(FACTORY[name].baudRate);
      assert.equal(await bus.ping(6), null);
      await bus.close();
    });
  }

  it('lists several servos; detects that the whole robot is configured', async () => {
    start('so101', {});
    await assert.rejects(setUp({ joint: 'gripper' }), {
      code: 'E_SERVO_MULTIPLE',
      message: /^6 servos replied: ID 1, STS3215 \(777\), at 1000000 baud; ID 2.*ID 6/,
    });
    const { done, events, notes } = await setUp({});
    assert.deepEqual(
      done.map(({ id, written }) => [id, written]),
      [1, 2, 3, 4, 5, 6].map((id) => [id, []]),
    );
    assert.deepEqual(
      events.filter(({ event }) => event === 'problem'),
      [],
    );
    assert.match(notes.join(), /already configured/);
  });

  it('rejects a servo of another model, naming both', async () => {
    start('koch', { fresh: 'gripper' });
    await assert.rejects(setUp({ joint: 'shoulder_pan' }), {
      code: 'E_SERVO_WRONG_MODEL',
      message: 'shoulder_pan of koch is XL430-W250 (1060); the connected servo (ID 1) is XL330-M288 (1200)',
    });
    assert.deepEqual(await found([57_600]), [[1, 57_600]]);
  });

  it('rejects without a servo, and repeats the prompt when the operator can fix it', async () => {
    start('so101', { fresh: 'gripper', faults: 'dead=1' });
    await eventuallySilent();
    await assert.rejects(setUp({ joint: 'gripper' }), { code: 'E_SERVO_NO_REPLY', message: /no servo found/ });
    const quit = new AbortController();
    const asked: string[] = [];
    const onQuestion = (text: string, times: number): void => {
      asked.push(text);
      if (times === 2) quit.abort();
    };
    await assert.rejects(setUp({ onQuestion, signal: quit.signal }), { name: 'AbortError' });
    assert.equal(asked.length, 2);
    assert.equal(asked[0], asked[1]);
    assert.match(asked[0]!, /only the servo of gripper .*STS3215.* ID 6/);
  });

  it('completes a servo after an interruption', async () => {
    start('koch', { fresh: 'wrist_roll' });
    const bus = await arm!.open(57_600);
    await bus.write(1, 'id', 5);
    await bus.close();
    const [joint] = (await setUp({ joint: 'wrist_roll' })).done;
    assert.deepEqual([joint!.before, joint!.written], [{ id: 5, baudRate: 57_600 }, ['baudRate']]);
    assert.deepEqual(await found([57_600, 1_000_000]), [[5, 1_000_000]]);
  });

  it('rejects a servo that is still connected; Ctrl-C keeps configured joints', async () => {
    start('so101', { fresh: 'gripper' });
    const quit = new AbortController();
    const events: SetupEvent[] = [];
    const run = setupServos({
      robot: arm!.robot,
      open: ({ baudRate }) => arm!.open(baudRate),
      address: arm!.path,
      baudRates: [1_000_000],
      joint: null,
      from: null,
      clock: new MonotonicClock(),
      signal: quit.signal,
      person: {
        emit: (event) => events.push(event),
        info: () => undefined,
        waitForEnter: () => {
          if (events.some(({ event }) => event === 'problem')) quit.abort();
          return quit.signal.aborted ? Promise.reject(quit.signal.reason as Error) : Promise.resolve();
        },
      },
    });
    await assert.rejects(run, { name: 'AbortError' });
    const reported = events.filter(({ event }) => event === 'servo' || event === 'problem');
    assert.deepEqual(
      reported.map((event) => [event.event, event.joint, event.event === 'problem' ? event.code : null]),
      [
        ['servo', 'gripper', null],
        ['problem', 'wrist_roll', 'E_SERVO_WRONG_ID'],
      ],
    );
    assert.deepEqual(await found([1_000_000]), [[6, 1_000_000]]);
    // A joint requested by name is reassigned.
    assert.deepEqual((await setUp({ joint: 'wrist_flex' })).done[0]!.before, { id: 6, baudRate: 1_000_000 });
    await assert.rejects(setUp({ from: 'elbow' }), { code: 'E_USAGE', message: /no joint elbow/ });
  });

  it('rejects a factory servo of an unknown joint', () => {
    assert.throws(() => busServos(loadRobot('so101'), 'elbow'), {
      code: 'E_USAGE',
      message: /no such joint/,
      hint: /elbow_flex/,
    });
  });

  it('rejects an invalid ID or baud rate before the port is opened', async () => {
    const open = () => Promise.reject(new Error('opened'));
    const parts = { open, address: 'nowhere', clock: new MonotonicClock(), from: FACTORY.so101 };
    for (const [protocol, id] of [
      ['feetech', 254],
      ['feetech', -1],
      ['dynamixel', 253],
      ['dynamixel', 1.5],
    ] as const) {
      const to = { id, baudRate: 1_000_000 };
      await assert.rejects(assignServoId({ ...parts, protocol, to }), { code: 'E_SERVO_VALUE' }, `${id}`);
    }
    const to = { id: 3, baudRate: 1_234 };
    await assert.rejects(assignServoId({ ...parts, protocol: 'feetech', to }), {
      code: 'E_SERVO_VALUE',
      message: /1234 baud/,
    });
  });

  it('does not report an ID conflict on a bus with corrupt bytes', async () => {
    start('so101', { faults: 'corrupt=1%' });
    const open = ({ baudRate }: { baudRate: number }) => arm!.open(baudRate);
    const options = { open, protocol: 'feetech', address: arm!.path, baudRates: [1_000_000] } as const;
    for (const { unidentified } of await scanBus(options)) {
      for (const { detail } of unidentified) assert.doesNotMatch(detail, /may share/);
    }
  });

  for (const protocol of ['feetech', 'dynamixel'] as const) {
    it(`detects replies that collide without leaving a packet: ${protocol}`, async () => {
      const peer = new SimulatedServos(protocol, [1, 2]);
      try {
        peer.alter = (reply, id) => (id === 2 ? reply.map((byte) => byte & 0x5a) : reply);
        const clock = new MonotonicClock();
        const [rate] = await scanBus({
          open: ({ baudRate, address }) => openServoBus({ protocol, address, baudRate, clock, logger: silentLogger }),
          protocol,
          address: peer.path,
          baudRates: [1_000_000],
          ids: [1, 2, 3],
        });
        assert.deepEqual(
          rate!.servos.map(({ id }) => id),
          [1],
        );
        assert.deepEqual(rate!.unidentified, [
          { id: 2, detail: 'two servos may share ID 2: connect one at a time and run softqd setup-servos' },
        ]);
      } finally {
        peer.close();
      }
    });
  }

  /** Faults begin with the first step of time. */
  async function eventuallySilent(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});
