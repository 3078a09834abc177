export type ExitCode = 1 | 2 | 3;

interface ErrorCodeEntry {
  readonly exit: ExitCode;
  /** The default hint; a throw site may pass a more specific one. */
  readonly hint: string;
}

/** Every stable error code with its exit code and hint. docs/errors.md has the same list; a test compares them. */
export const ERROR_CODES = {
  E_INTERNAL: { exit: 1, hint: 'This is a bug in softqd. Please report it with the command and the output above.' },
  E_NOT_IMPLEMENTED: { exit: 2, hint: 'Run softqd --help for the commands available in this version.' },
  E_USAGE: { exit: 2, hint: 'Run softqd <command> --help for flags and examples.' },
  E_CONFIG: { exit: 2, hint: 'Run softqd config check FILE for all problems in the file.' },
  E_CONFIG_UNKNOWN_KEY: { exit: 2, hint: 'Fix the key name. softqd config show lists all keys.' },
  E_CONFIG_VALUE: { exit: 2, hint: 'softqd config show lists the allowed range and unit of every key.' },
  E_ROBOT_UNKNOWN: {
    exit: 2,
    hint: 'softqd config show lists the robots. Each robot is a directory config/robots/<name>/.',
  },
  E_ROBOT_FILE: { exit: 2, hint: 'Fix robot.json5 of this robot.' },
  E_TASK_UNKNOWN: { exit: 2, hint: 'Pass a --task defined for this robot.' },
  E_TASK_SENSOR_MISSING: { exit: 2, hint: 'Use a robot and driver that provide the sensors this task requires.' },
  E_TASK_MODULE: { exit: 2, hint: 'Correct the module; softqd task check FILE tests a task.' },
  E_POLICY_FILE: { exit: 2, hint: 'The file is corrupt or not a softqd policy. Copy it again from the run directory.' },
  E_POLICY_MISMATCH: { exit: 2, hint: 'Pass a policy trained for this robot and task.' },
  E_POLICY_NON_FINITE: {
    exit: 2,
    hint: 'The policy contains NaN or infinite weights and cannot be used. Use an earlier snapshot.',
  },
  E_PROTOCOL_MISMATCH: { exit: 2, hint: 'Use the same softqd version, robot and control period at both ends.' },
  E_PORT_IN_USE: { exit: 2, hint: 'Stop the other program or choose another port (0 selects a free port).' },
  E_TOKEN_REQUIRED: { exit: 2, hint: 'Pass --token-file FILE to listen on a non-loopback address.' },
  E_UNAUTHORIZED: { exit: 2, hint: "Pass the server's token with --token-file." },
  E_CONTROLLER_TAKEN: {
    exit: 2,
    hint: 'A simulator accepts one controller. Disconnect the other one, or connect as an observer.',
  },
  E_FRAME_INVALID: {
    exit: 1,
    hint: 'The peer sent data that is not valid in this protocol. Check which program is listening at that address.',
  },
  E_FRAME_TOO_LARGE: { exit: 1, hint: 'A message exceeded the maximum size (simulator.maxFrameBytes).' },
  E_SIMULATOR_LOST: {
    exit: 1,
    hint: 'The connection to the simulator was lost. Restart it; softqd pretrain --resume continues the run.',
  },
  E_SIMULATOR: { exit: 1, hint: "See the simulator's error message above." },
  E_CONNECT: { exit: 1, hint: 'Check the address and that the server or device is running.' },
  E_TIMEOUT: { exit: 1, hint: 'No response within the timeout. Check that the peer is running and not overloaded.' },
  E_PLAYBACK_MISMATCH: {
    exit: 1,
    hint: 'The control loop produced other commands than in the recording. See the first mismatch. Robot, task and configuration must be the recorded ones unless the change is intended.',
  },
  E_DATA_DIRECTORY: { exit: 1, hint: 'Choose a writable directory with --data DIR.' },
  E_DISK: { exit: 1, hint: 'Free disk space, or choose another disk with --data DIR.' },
  E_LOG_FILE: { exit: 1, hint: 'softqd log recover FILE writes all complete records to a new file.' },
  E_LOG_OVERFLOW: { exit: 1, hint: 'The disk cannot keep up with the log. Use a faster disk or a lower control rate.' },
  E_RUN_LOCKED: {
    exit: 2,
    hint: 'Stop that process (Ctrl-C saves a checkpoint), or omit --resume to start a new run.',
  },
  E_RUN_UNKNOWN: { exit: 2, hint: 'Pass the id or directory of an existing run.' },
  E_CHECKPOINT: { exit: 1, hint: 'The checkpoint is corrupt or was written with a different configuration.' },
  E_LEARNER_LOST: {
    exit: 1,
    hint: 'The learner process exited. softqd pretrain --resume continues from its last checkpoint.',
  },
  E_TRANSITION_INVALID: {
    exit: 1,
    hint: 'The learner rejected a transition. The message names the invalid element; the log shows its origin.',
  },
  E_ALPHA_CLAMPED: {
    exit: 1,
    hint: 'Lower or raise learner.targetEntropyPerDimension, as the message says (docs/learning.md, "One gradient step").',
  },
  E_LEARNER_DIVERGED: { exit: 1, hint: 'Training stopped because updates were not finite. See the values above.' },
  E_BACKEND_UNAVAILABLE: { exit: 2, hint: 'softqd doctor lists the TensorFlow.js backends available on this machine.' },
  E_ENGINE_UNAVAILABLE: { exit: 2, hint: 'softqd doctor lists the engines available on this machine.' },
  E_ENGINE_INPUT: { exit: 1, hint: "The batch or saved state does not match the network's shapes." },
  E_MEMORY_BUDGET: { exit: 2, hint: 'Lower learner.replayCapacity or raise learner.memoryBudgetMb.' },
  E_READING_NON_FINITE: { exit: 1, hint: 'The driver reported NaN or infinity. Check the sensor or the simulator.' },
  E_READING_SHAPE: { exit: 1, hint: 'The number of joints or sensor values differs from the robot file.' },
  E_READING_STALE: {
    exit: 1,
    hint: 'No reading arrived in time (control.readingMaxAgeMs, safety.readingLossFaultS). Check connection and supply.',
  },
  E_SERVO_NO_REPLY: {
    exit: 1,
    hint: 'Check power, cable and ID of this servo. softqd doctor lists the servos that respond and their baud rate.',
  },
  E_SERVO_CHECKSUM: {
    exit: 1,
    hint: 'Corrupt packet on the bus. Check cable, ground and baud rate. softqd doctor shows the packet loss per servo.',
  },
  E_SERVO_STATUS: { exit: 1, hint: 'The servo reports a fault. Remove the cause, then run softqd clear-fault ID.' },
  E_OVERHEATED: {
    exit: 1,
    hint: 'Let the motor cool down. Reduce the load, or hold poses for less time. Limits: health.temperature in robot.json5.',
  },
  E_SUPPLY_VOLTAGE: {
    exit: 1,
    hint: 'Measure the supply voltage under load. Use a supply with a higher current rating. Limits: health.supply in robot.json5.',
  },
  E_OVERLOADED: {
    exit: 1,
    hint: 'Look for an obstruction, or reduce the load of this joint. Limits: health.load in robot.json5.',
  },
  E_SERVO_REJECTED: {
    exit: 1,
    hint: 'The servo rejected the instruction (reason above). EEPROM registers are writable only with torque off and the EEPROM unlocked.',
  },
  E_SERVO_WRONG_ID: {
    exit: 1,
    hint: 'The reply came from a different ID: two servos may share an ID, or a reply arrived late. softqd scan lists the IDs.',
  },
  E_SERVO_WRONG_LENGTH: {
    exit: 1,
    hint: 'Unexpected reply length. Another program may be using this bus.',
  },
  E_SERVO_WRONG_MODEL: {
    exit: 2,
    hint: 'Connect a servo of the model given in the robot file, or fix the robot file. softqd scan lists the models.',
  },
  E_SERVO_MULTIPLE: { exit: 2, hint: 'Connect only one servo at a time while assigning IDs.' },
  E_SERVO_VALUE: { exit: 2, hint: "Use a value within the register's range." },
  E_READING_IMPLAUSIBLE: {
    exit: 1,
    hint: 'The position changed faster than the joint can move. Check cable and ground. softqd doctor shows the packet loss per servo.',
  },
  E_SERIAL_BUSY: { exit: 2, hint: 'Close the program that has the port open. softqd doctor names it.' },
  E_SERIAL_PERMISSION: {
    exit: 2,
    hint: 'Add your user to the dialout group (sudo usermod -aG dialout $USER), then log in again.',
  },
  E_SERIAL_NOT_FOUND: { exit: 2, hint: 'Plug in the adapter. softqd doctor lists the available serial ports.' },
  E_SERIAL_LOST: { exit: 1, hint: 'The adapter was unplugged or lost power. Reconnect it.' },
  E_WATCHDOG_LOST: {
    exit: 1,
    hint: 'The process that stops the servos when softqd dies was killed or hangs. See the system log, then arm again: another one is started.',
  },
  E_BRIDGE_MESSAGE: {
    exit: 1,
    hint: 'The board sent an invalid message. Flash the firmware of the same softqd version.',
  },
  E_BRIDGE_STOPPED: {
    exit: 1,
    hint: 'The board stopped the robot. Remove the cause given above, then clear the fault.',
  },
  E_ROSBRIDGE_MESSAGE: {
    exit: 1,
    hint: 'The message does not match the expected type. Check the topic name and type in ROS.',
  },
  E_ROSBRIDGE_LOST: {
    exit: 1,
    hint: 'The connection to rosbridge was lost, or joint states stopped. Restart the server or the robot, then arm again.',
  },
  E_ACTION_RANGE: { exit: 1, hint: 'Actions must be finite and within [-1, 1].' },
  E_SAFETY_LIMITS_MISSING: {
    exit: 3,
    hint: 'Add position, velocity, acceleration and effort limits to robot.json5. Hardware cannot be armed without them.',
  },
  E_SAFETY_LIMITS_UNREASONABLE: {
    exit: 3,
    hint: 'Correct the limit in robot.json5, in radians, meters and seconds. A limit that nothing reaches does not protect.',
  },
  E_FOLLOWING_ERROR: {
    exit: 1,
    hint: 'Look for an obstacle, a load that is too heavy or a weak supply. Then softqd clear-fault and arm again.',
  },
  E_JOINT_STALLED: {
    exit: 1,
    hint: 'Free the joint; check its cable, horn and supply. Then softqd clear-fault and arm again.',
  },
  E_SAFETY_STATE: { exit: 3, hint: 'Disarm, fix the reason given above, then arm again.' },
  E_STOP_UNCONFIRMED: {
    exit: 1,
    hint: 'Turn off the motor supply before you touch the robot, then check power and cable of the named joints.',
  },
  E_FAULT_STICKY: {
    exit: 3,
    hint: 'Remove the cause of the fault, then run softqd clear-fault --robot R.',
  },
  E_CONTROL_PAUSED: {
    exit: 1,
    hint: 'The process was frozen or the machine overloaded. Let nothing pause softqd, run less beside it, then clear the fault.',
  },
  E_MACHINE_SUSPENDED: {
    exit: 1,
    hint: 'Disable suspend on this machine (systemctl mask suspend.target), then clear the fault.',
  },
  E_ROBOT_RUNNING: {
    exit: 2,
    hint: 'Stop the other run with softqd stop --robot R, or name this robot with --id NAME if it is another one.',
  },
  E_NO_DAEMON: { exit: 1, hint: 'No softqd run controls this robot. softqd status lists what runs.' },
  E_DAEMON_NOT_RESPONDING: {
    exit: 1,
    hint: 'softqd stop --force kills the daemon; the watchdog process or the firmware then stops the joints.',
  },
  E_CALIBRATION: {
    exit: 3,
    hint: 'Run softqd calibrate --robot R --driver URL, or restore the correct calibration file.',
  },
  E_SAFETY_FAULT: { exit: 3, hint: 'The guard stopped the robot. Fix the reason given above, then arm again.' },
} as const satisfies Record<string, ErrorCodeEntry>;

export type ErrorCode = keyof typeof ERROR_CODES;
