import assert from 'node:assert/strict';
import { connectTo, pendulumRig, servoPair, startHostBridge, type RunningBoard } from '../../../support/bridge.ts';
import { hasProgram } from '../../../support/firmware.ts';
import { skipUnless } from '../../../support/skips.ts';

describe('a bridge board that is not this robot', function () {
  this.timeout(60_000);
  let board: RunningBoard;
  before(async function () {
    skipUnless(this, hasProgram('cc') && hasProgram('make'), 'a C compiler and make (Debian: build-essential)');
    board = await startHostBridge();
  });
  after(() => board.stop());

  const [hinge] = pendulumRig.joints;
  for (const [what, robot, code] of [
    ['has other joints', servoPair, 'E_PROTOCOL_MISMATCH'],
    [
      'takes other targets',
      { ...pendulumRig, joints: [{ ...hinge!, commandMode: 'velocity' as const }] },
      'E_PROTOCOL_MISMATCH',
    ],
    [
      'keeps another limit',
      { ...pendulumRig, joints: [{ ...hinge!, limits: { ...hinge!.limits, maxEffortNmOrN: 0.2 } }] },
      'E_ROBOT_FILE',
    ],
    [
      'stops in another way',
      { ...pendulumRig, joints: [{ ...hinge!, stopMode: 'torque-off' as const }] },
      'E_ROBOT_FILE',
    ],
    ['lacks a sensor', { ...pendulumRig, sensors: [{ name: 'fingertip', size: 3, unit: 'm' }] }, 'E_ROBOT_FILE'],
  ] as const) {
    it(`is rejected when it ${what}`, async () => {
      await assert.rejects(connectTo(board.path, { robot }), { code });
    });
  }

  it('is rejected when there is no response', async () => {
    board.child.kill('SIGSTOP');
    try {
      await assert.rejects(connectTo(board.path, { connectTimeoutMs: 300 }), { code: 'E_TIMEOUT' });
    } finally {
      board.child.kill('SIGCONT');
    }
  });

  it('stops connecting when the caller aborts', async () => {
    board.child.kill('SIGSTOP');
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    try {
      await assert.rejects(connectTo(board.path, { signal: controller.signal }), { code: 'E_CONNECT' });
    } finally {
      board.child.kill('SIGCONT');
    }
  });
});
