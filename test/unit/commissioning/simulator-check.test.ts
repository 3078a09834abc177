import assert from 'node:assert/strict';
import { checkSimulator, type SimulatorCheck } from '../../../src/commissioning/simulator-check/index.ts';
import type {
  SimulationReply,
  SimulationRequest,
  WireReading,
} from '../../../src/wire/simulation/simulation-messages.ts';
import { lyingSimulator, type Lie } from '../../support/lying-simulator.ts';
import { loadRobot } from '../../support/simulator.ts';

const HIDDEN_ID = 4_000_000_000;

/** The readings that answer commands, changed. */
function readings(change: (reading: WireReading) => Partial<WireReading>): Lie {
  return {
    reply: (reply) =>
      reply.type === 'reading' ? [{ ...reply, reading: { ...reply.reading, ...change(reply.reading) } }] : [reply],
  };
}

function replies(change: (reply: SimulationReply) => readonly SimulationReply[]): Lie {
  return { reply: (reply) => (reply.type === 'reading' ? change(reply) : [reply]) };
}

function movesUnasked(): Lie {
  let lastMs = 0;
  return {
    request: (request) => {
      const waitedMs = performance.now() - lastMs;
      lastMs = performance.now();
      if (request.type !== 'command' || waitedMs < 200) return [request];
      return [{ ...request, id: HIDDEN_ID }, request];
    },
    reply: (reply) => (reply.replyTo === HIDDEN_ID ? [] : [reply]),
  };
}

const steps = (id: number): SimulationRequest => ({ type: 'command', id, sequence: 0, targets: Float64Array.of(0.3) });
let randomSeed = 100;

/** [lie, rules that it breaks, what is reported about the first of them]. */
const LIES: readonly (readonly [string, Lie, readonly string[], RegExp])[] = [
  ['NaN in a position', readings(() => ({ positions: Float64Array.of(NaN) })), ['reset'], /position.*NaN/],
  [
    'two positions for one joint',
    readings(() => ({ positions: Float64Array.of(0, 0) })),
    ['reset'],
    /2 .*positions|positions.* 2/,
  ],
  ['an undeclared time', readings(() => ({ deviceTimeS: Infinity })), ['reset'], /device_time_s is Infinity/],
  [
    'time that goes backward',
    readings(({ deviceTimeS }) => ({ deviceTimeS: 1e6 - deviceTimeS })),
    ['command'],
    /advanced by -0\.0/,
  ],
  ['a sequence that does not count', readings(() => ({ sequence: 5 })), ['command'], /sequence is 5 after 5/],
  ['no reply', replies(() => []), ['reset'], /reset was not answered within 1500 ms/],
  ['two replies', replies((reply) => [reply, reply]), ['reset'], /request 2 was answered twice/],
  [
    'another reply_to',
    replies((reply) => [{ ...reply, replyTo: reply.replyTo + 1 }]),
    ['reset'],
    /has reply_to 3, expected 2/,
  ],
  [
    'an Error for a reset',
    replies(({ replyTo }) => [{ type: 'error', replyTo, code: 'E_X', message: 'no' }]),
    ['reset'],
    /Error\{E_X\}: no/,
  ],
  [
    'a reset that is ignored',
    { request: (request) => [request.type === 'reset' ? steps(request.id) : request] },
    ['reset-seed', 'reset-state', 'reset-invalid'],
    /two resets with seed 7: position 0 is/,
  ],
  [
    'a reset that is not repeatable',
    {
      request: (request) => [
        request.type === 'reset' && 'seed' in request.from ? { ...request, from: { seed: randomSeed++ } } : request,
      ],
    },
    ['reset-seed'],
    /two resets with seed 7/,
  ],
  ['a world that moves without a command', movesUnasked(), ['waits'], /after 250 ms without a command/],
  [
    'NaN that is accepted',
    {
      request: (request) => [
        request.type === 'command' && request.targets.some(Number.isNaN) ? steps(request.id) : request,
      ],
    },
    ['command-invalid'],
    /command was answered with reading, expected error/,
  ],
  [
    'a state that is not restored',
    {
      request: (request) => [
        request.type === 'load-state' && request.state.length > 3
          ? { type: 'reset', id: request.id, from: { seed: 3 } }
          : request,
      ],
    },
    ['save-state'],
    /the Reading of LoadState: position/,
  ],
  [
    'another joint name',
    {
      reply: (reply) => [reply.type === 'spec' ? { ...reply, spec: { ...reply.spec, jointNames: ['hinge'] } } : reply],
    },
    ['hello'],
    /joints: the simulator has hinge, the client pivot/,
  ],
  ['no check of its clients', { admitsAll: true }, ['other-subprotocol', 'origin'], /expected HTTP 400/],
];

describe('simulator check', function () {
  this.timeout(120_000);
  const robot = loadRobot('pendulum');
  const check = async (lie: Lie, mode: 'lock-step' | 'real-time', timeoutMs: number): Promise<SimulatorCheck> => {
    const simulator = await lyingSimulator(lie, mode);
    const { url } = simulator;
    const result = await checkSimulator({ url, token: null, robot, timeoutMs }, new AbortController().signal);
    await simulator.close();
    return result;
  };
  const brokenRules = ({ rules }: SimulatorCheck): string[] =>
    rules.filter(({ result }) => result === 'broken').map(({ id, detail }) => `${id}: ${detail ?? ''}`);

  it('finds every rule kept by the embedded simulator in lock-step', async () => {
    const result = await check({}, 'lock-step', 3000);
    assert.deepEqual(brokenRules(result), []);
    assert.deepEqual(
      result.rules.filter((rule) => rule.result === 'skipped').map(({ id, detail }) => [id, detail]),
      [
        ['token', 'no token was given'],
        ['pushes', 'the simulator runs in lock-step'],
      ],
    );
    assert.ok(result.stepMs! > 0 && result.mode === 'lock-step');
  });

  it('finds every rule kept by the embedded simulator in real time', async () => {
    const result = await check({}, 'real-time', 3000);
    assert.deepEqual(brokenRules(result), []);
    assert.equal(result.rules.find(({ id }) => id === 'pushes')?.result, 'ok');
    assert.deepEqual([result.mode, result.stepMs], ['real-time', null]);
  });

  describe('names what is broken:', () => {
    let results: SimulatorCheck[];

    before(async () => {
      // Together: each waits seconds for the timeout of Hello.
      results = await Promise.all(LIES.map(([, lie]) => check(lie, 'lock-step', 1500)));
    });

    LIES.forEach(([name, , rules, detail], i) => {
      it(name, () => {
        const { rules: found } = results[i]!;
        const broken = found.filter(({ result }) => result === 'broken');
        assert.deepEqual(
          broken.map(({ id }) => id),
          rules,
          brokenRules(results[i]!).join('\n'),
        );
        assert.match(broken[0]!.detail!, detail);
      });
    });

    it('and does not blame rules that need a broken one', () => {
      const { rules } = results[LIES.findIndex(([name]) => name === 'no reply')]!;
      const blocked = rules.filter(({ detail }) => detail?.startsWith('cannot be checked without'));
      assert.ok(blocked.length >= 6, String(blocked.length));
      assert.ok(blocked.every(({ result }) => result === 'skipped'));
    });
  });
});
