import assert from 'node:assert/strict';
import { join } from 'node:path';
import { requireAddon } from '../support/addon.ts';
import { cli, Cli, errorCode, temporaryDirectory } from '../support/cli.ts';
import { realTimeTests } from '../support/real-time-tests.ts';

type Row = Readonly<Record<string, unknown>>;

describe('setup-servos', function () {
  realTimeTests(this, 120_000);
  const data = temporaryDirectory();
  const link = join(data.path, 'adapter');
  let virtual: Cli | null = null;
  before(function () {
    requireAddon(this);
  });
  afterEach(async () => {
    virtual?.child.kill('SIGINT');
    await virtual?.done;
    virtual = null;
  });
  after(() => data.remove());

  /** One servo with factory settings, behind a port with a fixed path. */
  const plugIn = async (robot: string, joint: string, ...more: string[]): Promise<Row> => {
    virtual = new Cli(['virtual', '--robot', robot, '--factory-servo', joint, '--symlink', link, ...more, '--json']);
    return virtual.event(({ event }) => event === 'ready');
  };
  const setup = (robot: string, driver: string, joint: string): ReturnType<typeof cli> =>
    cli(['setup-servos', '--robot', robot, '--driver', driver, '--joint', joint, '--data', data.path, '--json']);
  const scanned = async (driver: string): Promise<[unknown, unknown][]> => {
    const { events } = await cli(['scan', '--driver', driver, '--ids', '0-8', '--json']);
    const [port] = events.at(-1)!['ports'] as Row[];
    const rates = port!['rates'] as Row[];
    return rates.flatMap(({ baudRate, servos }) =>
      (servos as Row[]).map(({ id }): [unknown, unknown] => [id, baudRate]),
    );
  };

  it('configures an SO-101 gripper found at any baud rate; scan finds it then', async () => {
    const { ids, baudRate } = await plugIn('so101', 'gripper');
    assert.deepEqual([ids, baudRate], [[1], 1_000_000]);
    const first = await setup('so101', `feetech:${link}`, 'gripper');
    assert.equal(first.code, 0, first.stdout + first.stderr);
    const [joint, done] = first.events.slice(-2);
    const now = { event: 'servo', joint: 'gripper', id: 6, model: 'STS3215 (777)', baudRate: 1_000_000 };
    assert.deepEqual(joint, { ...now, before: { id: 1, baudRate: 1_000_000 }, written: ['id'] });
    assert.deepEqual([done!['event'], done!['joints']], ['done', ['gripper']]);
    const scannedRates = first.events.flatMap(({ event, baudRate }) => (event === 'scanning' ? [baudRate] : []));
    assert.deepEqual(scannedRates, [1_000_000, 500_000, 250_000, 128_000, 115_200, 76_800, 57_600, 38_400]);
    assert.deepEqual(await scanned(`feetech:${link}?baud=1000000`), [[6, 1_000_000]]);
  });

  it('configures a Koch elbow at 57600 baud, and rejects the wrong model', async () => {
    await plugIn('koch', 'elbow_flex');
    const driver = `dynamixel:${link}?baud=57600`;
    const wrong = await setup('koch', driver, 'shoulder_lift');
    assert.deepEqual([wrong.code, errorCode(wrong)], [2, 'E_SERVO_WRONG_MODEL']);
    const right = await setup('koch', driver, 'elbow_flex');
    assert.equal(right.code, 0, right.stdout + right.stderr);
    assert.deepEqual(right.events.at(-2), {
      event: 'servo',
      joint: 'elbow_flex',
      id: 3,
      model: 'XL330-M288 (1200)',
      baudRate: 1_000_000,
      before: { id: 1, baudRate: 57_600 },
      written: ['id', 'baudRate'],
    });
    assert.deepEqual(await scanned(`dynamixel:${link}?baud=57600`), []);
    assert.deepEqual(await scanned(`dynamixel:${link}?baud=1000000`), [[3, 1_000_000]]);
  });

  it('reports two servos with one ID, and a servo that does not reply', async () => {
    await plugIn('so101', 'gripper', '--fault', 'duplicate-id=1');
    const driver = `feetech:${link}?baud=1000000`;
    const { events } = await cli(['scan', '--driver', driver, '--ids', '0-3', '--json']);
    const [port] = events.at(-1)!['ports'] as { rates: { unidentified: Row[] }[] }[];
    assert.deepEqual(port!.rates[0]!.unidentified, [
      { id: 1, detail: 'two servos may share ID 1: connect one at a time and run softqd setup-servos' },
    ]);
    const two = await setup('so101', driver, 'gripper');
    assert.deepEqual([two.code, errorCode(two)], [2, 'E_SERVO_MULTIPLE']);
    virtual!.child.kill('SIGINT');
    await virtual!.done;
    await plugIn('so101', 'gripper', '--fault', 'dead=1');
    const missing = await setup('so101', driver, 'gripper');
    assert.deepEqual([missing.code, errorCode(missing)], [1, 'E_SERVO_NO_REPLY']);
  });

  it('continues joint by joint from the gripper; Ctrl-C keeps configured joints and prints how to resume', async () => {
    await plugIn('so101', 'gripper');
    const driver = `feetech:${link}?baud=1000000`;
    const flags = ['--robot', 'so101', '--driver', driver, '--data', data.path, '--json'];
    const run = new Cli(['setup-servos', ...flags], { input: null });
    const asked = (joint: string): Promise<Row> =>
      run.event((event) => event['event'] === 'prompt' && event['joint'] === joint);
    await asked('gripper');
    run.type('\n');
    await asked('wrist_roll');
    run.child.kill('SIGINT');
    const { code, stderr, events } = await run.done;
    assert.equal(code, 130, stderr);
    assert.equal(events.filter(({ event }) => event === 'servo').length, 1);
    assert.match(stderr, /Done so far: gripper\. To resume, run softqd setup-servos .* --start-at wrist_roll/);
    virtual!.child.kill('SIGINT');
    await virtual!.done;
    await plugIn('so101', 'wrist_roll');
    const next = new Cli(['setup-servos', ...flags, '--start-at', 'wrist_roll'], { input: '\n' });
    const ended = await next.done;
    assert.deepEqual([ended.code, errorCode(ended)], [2, 'E_USAGE']);
    const joint = ended.events.find(({ event }) => event === 'servo');
    assert.deepEqual([joint?.['joint'], joint?.['id']], ['wrist_roll', 5]);
    assert.deepEqual(await scanned(driver), [[5, 1_000_000]]);
  });
});
