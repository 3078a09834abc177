export type ExitCode = 1 | 2 | 3;

interface ErrorCodeEntry {
  readonly exit: ExitCode;
  /** The default next step; a thrower that knows better passes its own. */
  readonly hint: string;
}

/** Every stable error code, its exit code and what to do. docs/errors.md lists the same; a test compares them. */
export const ERROR_CODES = {
  E_INTERNAL: { exit: 1, hint: 'This is a defect in softqd: please report it with the command and the lines above.' },
  E_NOT_IMPLEMENTED: { exit: 2, hint: 'See softqd --help for what works in this version.' },
  E_USAGE: { exit: 2, hint: 'See softqd --help and the examples there.' },
  E_CONFIG: { exit: 2, hint: 'Run softqd config check FILE.' },
  E_CONFIG_UNKNOWN_KEY: { exit: 2, hint: 'Correct the key; softqd config show lists all of them.' },
  E_CONFIG_VALUE: { exit: 2, hint: 'softqd config show prints the allowed range and the unit of every key.' },
  E_ROBOT_UNKNOWN: { exit: 2, hint: 'softqd config show lists robots; a robot is a folder config/robots/<name>/.' },
  E_ROBOT_FILE: { exit: 2, hint: 'Correct robot.json5 of this robot.' },
  E_TASK_UNKNOWN: { exit: 2, hint: 'Pass a --task that this robot knows.' },
  E_TASK_SENSOR_MISSING: { exit: 2, hint: 'Use a body that provides the sensors the task needs.' },
  E_POLICY_FILE: { exit: 2, hint: 'The file is damaged or is not a softqd policy: take it from the run again.' },
  E_POLICY_MISMATCH: { exit: 2, hint: 'Pass the policy that was trained for this robot and task.' },
  E_POLICY_NON_FINITE: {
    exit: 2,
    hint: 'The policy holds NaN or infinite weights and must not drive: use an earlier snapshot.',
  },
  E_PROTOCOL_MISMATCH: { exit: 2, hint: 'Use the same softqd version, robot and control period on both sides.' },
  E_PORT_IN_USE: { exit: 2, hint: 'Stop the other program or choose another port (0 takes any free one).' },
  E_TOKEN_REQUIRED: { exit: 2, hint: 'Pass --token-file FILE when listening beyond loopback.' },
  E_UNAUTHORIZED: { exit: 2, hint: 'Pass the token of the other side with --token-file.' },
  E_CONTROLLER_TAKEN: {
    exit: 2,
    hint: 'Only one controller drives a simulator: stop the other one, or connect as watcher.',
  },
  E_FRAME_INVALID: {
    exit: 1,
    hint: 'The other side sent bytes that are not this protocol; check what is listening there.',
  },
  E_FRAME_TOO_LARGE: { exit: 1, hint: 'A frame was larger than the configured maximum.' },
  E_SIMULATOR_LOST: {
    exit: 1,
    hint: 'The simulator went away: start it again; softqd pretrain --resume continues the run.',
  },
  E_SIMULATOR: { exit: 1, hint: 'The simulator reported an error; see its message.' },
  E_CONNECT: { exit: 1, hint: 'Check the address and that the other side is running.' },
  E_TIMEOUT: { exit: 1, hint: 'The other side did not answer in time.' },
  E_PLAYBACK_MISMATCH: {
    exit: 1,
    hint: 'Something between reading and command changed since the recording: see the first difference; robot, task and configuration must be those of the recording.',
  },
  E_DATA_DIRECTORY: { exit: 1, hint: 'Choose a writable directory with --data DIR.' },
  E_DISK: { exit: 1, hint: 'Free some space or choose another disk with --data DIR.' },
  E_LOG_FILE: { exit: 1, hint: 'softqd log recover FILE writes what is whole to a new file.' },
  E_LOG_OVERFLOW: { exit: 1, hint: 'The disk is slower than the robot: use a faster one or a lower rate.' },
  E_RUN_LOCKED: {
    exit: 2,
    hint: 'Stop that process (Ctrl-C saves its checkpoint), or leave --resume out to begin another run.',
  },
  E_RUN_UNKNOWN: { exit: 2, hint: 'Pass the directory of a run that exists.' },
  E_CHECKPOINT: { exit: 1, hint: 'The checkpoint is damaged or belongs to another configuration.' },
  E_LEARNER_LOST: { exit: 1, hint: 'The learner stopped; softqd pretrain --resume continues from its checkpoint.' },
  E_TRANSITION_INVALID: {
    exit: 1,
    hint: 'The learner refused a step of experience: see which element, and the log for where it came from.',
  },
  E_ALPHA_CLAMPED: {
    exit: 1,
    hint: 'See docs/learning.md, temperature: lower learner.targetEntropyPerDimension or raise learner.proposalSigma.',
  },
  E_LEARNER_DIVERGED: { exit: 1, hint: 'See the diagnosis above: the learner refuses to go on with these numbers.' },
  E_BACKEND_UNAVAILABLE: { exit: 2, hint: 'softqd doctor names the backends that work here.' },
  E_ENGINE_UNAVAILABLE: { exit: 2, hint: 'softqd doctor names the engines that work here.' },
  E_ENGINE_INPUT: { exit: 1, hint: 'The batch or the state does not fit this network.' },
  E_MEMORY_BUDGET: { exit: 2, hint: 'Lower learner.replayCapacity or raise learner.memoryBudgetMb.' },
  E_READING_NON_FINITE: { exit: 1, hint: 'The body sent NaN or infinity: check the sensor or the simulator.' },
  E_READING_SHAPE: { exit: 1, hint: 'The body sent another number of joints than the robot file states.' },
  E_READING_STALE: { exit: 1, hint: 'No reading arrived within the age limit: check the connection.' },
  E_SERVO_NO_REPLY: {
    exit: 1,
    hint: 'Check power, cable and id of this servo; softqd doctor shows which servos answer and at which baud rate.',
  },
  E_SERVO_CHECKSUM: {
    exit: 1,
    hint: 'Bytes were damaged on the bus: check cable, ground and baud rate; softqd doctor shows the loss rate per motor.',
  },
  E_SERVO_STATUS: { exit: 1, hint: 'The servo reports a fault: remove its cause, then softqd clear-fault ID.' },
  E_SERVO_REJECTED: {
    exit: 1,
    hint: 'The servo refused the instruction: see its reason; EEPROM registers are writable only with torque off and the lock open.',
  },
  E_SERVO_WRONG_ID: {
    exit: 1,
    hint: 'Another servo answered than the one asked: two servos share an id, or a late reply arrived; softqd scan lists ids.',
  },
  E_SERVO_WRONG_LENGTH: {
    exit: 1,
    hint: 'The reply has another length than was asked for: another program may be using this bus.',
  },
  E_SERVO_WRONG_MODEL: {
    exit: 2,
    hint: 'Connect the servo that the robot file states for this id, or correct the robot file; softqd scan lists models.',
  },
  E_SERVO_MULTIPLE: { exit: 2, hint: 'Leave only one servo connected: it shall get an id that no other one has.' },
  E_SERVO_VALUE: { exit: 2, hint: 'Write a value within the range of the register.' },
  E_READING_IMPLAUSIBLE: {
    exit: 1,
    hint: 'A value jumped further than the joint can move: check cable and ground; softqd doctor shows the loss rate per motor.',
  },
  E_SERIAL_BUSY: { exit: 2, hint: 'Stop the program that has the port open; softqd doctor names it.' },
  E_SERIAL_PERMISSION: {
    exit: 2,
    hint: 'Add yourself to the group dialout (sudo usermod -aG dialout $USER), then log in again.',
  },
  E_SERIAL_NOT_FOUND: { exit: 2, hint: 'Plug the adapter in; softqd doctor lists the ports that exist.' },
  E_SERIAL_LOST: { exit: 1, hint: 'The adapter was unplugged or lost power: plug it in again.' },
  E_BRIDGE_MESSAGE: {
    exit: 1,
    hint: 'The board sent a message that does not fit the protocol: use the firmware of the same softqd version.',
  },
  E_BRIDGE_STOPPED: { exit: 1, hint: 'The board stopped by itself: see its reason, remove the cause, then arm again.' },
  E_ROSBRIDGE_MESSAGE: {
    exit: 1,
    hint: 'The message does not fit the type that the topic should have: check topic and type on the ROS side.',
  },
  E_ROSBRIDGE_LOST: {
    exit: 1,
    hint: 'The rosbridge server, or the robot behind it, went away: start it again, then arm again.',
  },
  E_ACTION_RANGE: { exit: 1, hint: 'An action must be finite and within [-1, 1].' },
  E_SAFETY_LIMITS_MISSING: {
    exit: 3,
    hint: 'State position, velocity and effort limits in robot.json5 before arming hardware.',
  },
  E_SAFETY_STATE: { exit: 3, hint: 'Disarm, look at the reason, then arm again.' },
  E_CALIBRATION: {
    exit: 3,
    hint: 'Calibrate the robot with softqd calibrate --robot R --driver URL, or put the right file in place.',
  },
  E_SAFETY_FAULT: { exit: 3, hint: 'The guard stopped the robot: see the reason, correct it, arm again.' },
} as const satisfies Record<string, ErrorCodeEntry>;

export type ErrorCode = keyof typeof ERROR_CODES;
