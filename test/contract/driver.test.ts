import { requireAddon } from '../support/addon.ts';
import { hasProgram } from '../support/firmware.ts';
import { skipUnless } from '../support/skips.ts';
import { passesOverBadReadings, reportsBadReadingsAsFaults } from './driver/bad-readings.ts';
import { allDrivers } from './driver/common.ts';
import { answersEachCommand, resetsToState, savesWorld } from './driver/lock-step.ts';
import { schedulesReadings, movesOnlyWhenArmed, emitsWithoutCommands } from './driver/real-time.ts';
import type { DriverCase, DriverFixture } from './driver/fixture.ts';
import { playbackFixture, scriptedFixture, simulatorFixture } from './driver/fixtures/lock-step-fixtures.ts';
import {
  bridgeFixture,
  rosbridgeFixture,
  runningSimulatorFixture,
  servoFixture,
} from './driver/fixtures/real-time-fixtures.ts';

function testDriver<S extends DriverFixture>({ title, requires, open, capabilities }: DriverCase<S>): void {
  describe(`driver contract: ${title}`, function () {
    this.timeout(60_000);
    let fixture: S;
    before(function () {
      requires?.(this);
    });
    beforeEach(async () => {
      fixture = await open();
    });
    afterEach(() => fixture.stop());

    for (const capability of [allDrivers, ...capabilities]) capability(() => fixture);
  });
}

testDriver({
  title: 'a simulator behind its WebSocket, in lock-step',
  open: simulatorFixture,
  capabilities: [answersEachCommand, resetsToState, savesWorld, reportsBadReadingsAsFaults],
});

testDriver({
  title: 'a simulator behind its WebSocket, in real time',
  open: runningSimulatorFixture,
  capabilities: [emitsWithoutCommands],
});

testDriver({
  title: 'ScriptedDriver',
  open: scriptedFixture,
  capabilities: [answersEachCommand, resetsToState, savesWorld, reportsBadReadingsAsFaults],
});

testDriver({
  title: 'PlaybackDriver on a recording',
  open: playbackFixture,
  capabilities: [answersEachCommand],
});

testDriver({
  title: 'ServoDriver on virtual Feetech servos',
  requires: (context) => void requireAddon(context),
  open: servoFixture('so101'),
  capabilities: [emitsWithoutCommands, schedulesReadings, movesOnlyWhenArmed],
});

testDriver({
  title: 'ServoDriver on virtual Dynamixel servos',
  requires: (context) => void requireAddon(context),
  open: servoFixture('koch'),
  capabilities: [emitsWithoutCommands, schedulesReadings, movesOnlyWhenArmed],
});

testDriver({
  title: 'BridgeDriver on the firmware',
  requires: (context) =>
    skipUnless(context, hasProgram('cc') && hasProgram('make'), 'a C compiler and make (Debian: build-essential)'),
  open: bridgeFixture,
  capabilities: [emitsWithoutCommands, reportsBadReadingsAsFaults, movesOnlyWhenArmed],
});

testDriver({
  title: 'RosbridgeDriver on a robot in ROS',
  open: rosbridgeFixture,
  capabilities: [emitsWithoutCommands, passesOverBadReadings, movesOnlyWhenArmed],
});
