import { requireAddon } from '../support/addon.ts';
import { hasProgram } from '../support/firmware.ts';
import { skipUnless } from '../support/skips.ts';
import { reportsBadReadingsAsFaults } from './driver/bad-readings.ts';
import { allDrivers } from './driver/common.ts';
import { answersEachCommand, beginsWhereAsked, savesItsWorld } from './driver/lock-step.ts';
import { expectsReadings, movesOnlyWhenArmed, speaksUnasked } from './driver/real-time.ts';
import type { DriverCase, DriverFixture } from './driver/fixture.ts';
import { playbackFixture, scriptedFixture, simulatorFixture } from './driver/fixtures/lock-step-fixtures.ts';
import {
  bridgeFixture,
  rosbridgeFixture,
  runningSimulatorFixture,
  servoFixture,
} from './driver/fixtures/real-time-fixtures.ts';

function holds<S extends DriverFixture>({ title, requires, open, capabilities }: DriverCase<S>): void {
  describe(`Body contract: ${title}`, function () {
    this.timeout(60_000);
    let stand: S;
    before(function () {
      requires?.(this);
    });
    beforeEach(async () => {
      stand = await open();
    });
    afterEach(() => stand.stop());

    for (const capability of [allDrivers, ...capabilities]) capability(() => stand);
  });
}

holds({
  title: 'a simulator behind its WebSocket, in lock-step',
  open: simulatorFixture,
  capabilities: [answersEachCommand, beginsWhereAsked, savesItsWorld, reportsBadReadingsAsFaults],
});

holds({
  title: 'a simulator behind its WebSocket, in real time',
  open: runningSimulatorFixture,
  capabilities: [speaksUnasked],
});

holds({
  title: 'ScriptedBody',
  open: scriptedFixture,
  capabilities: [answersEachCommand, beginsWhereAsked, savesItsWorld, reportsBadReadingsAsFaults],
});

holds({
  title: 'PlaybackBody on a recording',
  open: playbackFixture,
  capabilities: [answersEachCommand],
});

holds({
  title: 'ServoBody on virtual Feetech servos',
  requires: (context) => void requireAddon(context),
  open: servoFixture('so101'),
  capabilities: [speaksUnasked, expectsReadings, movesOnlyWhenArmed],
});

holds({
  title: 'ServoBody on virtual Dynamixel servos',
  requires: (context) => void requireAddon(context),
  open: servoFixture('koch'),
  capabilities: [speaksUnasked, expectsReadings, movesOnlyWhenArmed],
});

holds({
  title: 'BridgeBody on the firmware',
  requires: (context) =>
    skipUnless(context, hasProgram('cc') && hasProgram('make'), 'a C compiler and make (Debian: build-essential)'),
  open: bridgeFixture,
  capabilities: [speaksUnasked, reportsBadReadingsAsFaults, movesOnlyWhenArmed],
});

holds({
  title: 'RosbridgeBody on a robot in ROS',
  open: rosbridgeFixture,
  capabilities: [speaksUnasked, reportsBadReadingsAsFaults, movesOnlyWhenArmed],
});
