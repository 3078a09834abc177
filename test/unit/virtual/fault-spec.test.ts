import assert from 'node:assert/strict';
import { BOARD_FAULT_EXAMPLES, FAULT_EXAMPLES, parseFaults } from '../../../src/virtual/fault-spec.ts';
import { SoftqdError } from '../../../src/base/errors.ts';

const SERVOS = { ids: [1, 2, 3, 4, 5, 6], protocol: 'feetech' } as const;
const ALWAYS = { fromNs: 0, untilNs: Infinity };

describe('a fault specification', () => {
  it('parses the one of the manual', () => {
    assert.deepEqual(parseFaults('drop=1%,reboot=3@12s', SERVOS), [
      { kind: 'drop', probability: 0.01, delayNs: 0, ...ALWAYS },
      { kind: 'reboot', index: 2, fromNs: 12e9, untilNs: Infinity },
    ]);
  });

  it('parses every example of its messages', () => {
    for (const example of FAULT_EXAMPLES) assert.equal(parseFaults(example, SERVOS).length, 1, example);
    assert.equal(parseFaults(FAULT_EXAMPLES.join(', '), SERVOS).length, FAULT_EXAMPLES.length);
  });

  it('parses board faults, and only for a board', () => {
    const board = { ids: [1], protocol: 'bridge' } as const;
    assert.deepEqual(parseFaults(BOARD_FAULT_EXAMPLES.join(','), board), [
      { kind: 'estop', value: 0, fromNs: 5e9, untilNs: 7e9 },
      { kind: 'temperature', value: 90, fromNs: 5e9, untilNs: Infinity },
    ]);
    for (const example of BOARD_FAULT_EXAMPLES)
      assert.throws(() => parseFaults(example, SERVOS), { code: 'E_USAGE' }, example);
  });

  it('parses rates, delays, times and durations', () => {
    assert.deepEqual(parseFaults('delay=5ms@10%@2s+500ms', SERVOS), [
      { kind: 'delay', probability: 0.1, delayNs: 5e6, fromNs: 2e9, untilNs: 2.5e9 },
    ]);
    assert.deepEqual(parseFaults('delay=1.5s', SERVOS), [{ kind: 'delay', probability: 1, delayNs: 1.5e9, ...ALWAYS }]);
    assert.deepEqual(parseFaults('corrupt@0.5%@1min', SERVOS), [
      { kind: 'corrupt', probability: 0.005, delayNs: 0, fromNs: 60e9, untilNs: Infinity },
    ]);
    assert.deepEqual(parseFaults('unplug@10s+3s', SERVOS), [{ kind: 'unplug', value: 0, fromNs: 10e9, untilNs: 13e9 }]);
    assert.deepEqual(parseFaults('dead=3@1s+1s', SERVOS), [{ kind: 'dead', index: 2, fromNs: 1e9, untilNs: 2e9 }]);
    assert.deepEqual(parseFaults('noise=2', SERVOS), [{ kind: 'noise', value: 2, ...ALWAYS }]);
    assert.deepEqual(parseFaults('supply=9.5V@5s', SERVOS), [
      { kind: 'supply', value: 9.5, fromNs: 5e9, untilNs: Infinity },
    ]);
  });

  const wrong: readonly (readonly [string, RegExp])[] = [
    ['', /''/],
    ['drip=1%', /'drip=1%'/],
    ['drop=1%,,dead=3', /''/],
    ['drop', /needs a rate in percent, e\.g\. drop=1%/],
    ['drop=1', /'1' is not a rate from 0% to 100%/],
    ['drop=101%', /'101%' is not a rate/],
    ['drop=-1%', /'-1%' is not a rate/],
    ['drop=1%@2%', /two rates/],
    ['drop=1%@1s@2s', /two times/],
    ['drop=1%@1s+1s+1s', /two durations/],
    ['delay=10%', /'10%' is not a time in ms, s or min/],
    ['delay', /is not a time/],
    ['truncate=nan%', /is not a rate/],
    ['dead=9', /'9' is not a valid ID \(available: 1, 2, 3, 4, 5, 6\)/],
    ['dead', /'' is not a valid ID/],
    ['dead=3@1%', /has no rate/],
    ['reboot=3', /needs a time, e\.g\. reboot=1@5s/],
    ['reboot=3@12', /'12' is not a time/],
    ['reboot=3@12s+x', /'x' is not a time/],
    ['unplug', /needs a time: unplug@10s\+3s/],
    ['unplug=2@1s', /takes no value/],
    ['noise', /is not a number from 0 to 1000/],
    ['noise=2s', /is not a number/],
    ['supply=1e9V', /is not a number/],
  ];
  for (const [spec, message] of wrong) {
    it(`rejects '${spec}' and lists the available faults`, () => {
      assert.throws(
        () => parseFaults(spec, SERVOS),
        (error: unknown) =>
          error instanceof SoftqdError &&
          error.code === 'E_USAGE' &&
          message.test(error.message) &&
          FAULT_EXAMPLES.every((example) => error.hint.includes(example)),
      );
    });
  }

  it('rejects wrong-id for a bridge board, and more than 64 faults', () => {
    assert.throws(() => parseFaults('wrong-id=1%', { ids: [1], protocol: 'bridge' }), /no servo IDs/);
    assert.throws(() => parseFaults(new Array(65).fill('drop=1%').join(','), SERVOS), /maximum 64/);
  });
});
