import { SoftqdError } from '../../base/errors.ts';
import {
  LINK_COMMAND_MODE,
  LINK_LOG_LEVEL,
  LINK_OUTPUT,
  LINK_REFUSAL,
  LINK_STATE,
  LINK_STOP_MODE,
  LINK_STOP_REASON,
  LINK_TARGET_MODE,
  linkEnumName,
} from './bridge-enums.ts';
import { BRIDGE_MAX_PAYLOAD_BYTES } from './bridge-frame.ts';
import { LINK_MAX_SIZES, LINK_PROTOCOL_VERSION } from './bridge-messages.ts';
import type {
  LinkFromBoard,
  LinkJoint,
  LinkJointStop,
  LinkReading,
  LinkStatus,
  LinkToBoard,
  LinkWelcome,
} from './bridge-messages.ts';
import { boundedInteger, boundedNumbers, boundedText, checkFrameSize, checkArrayLength } from '../bounded.ts';
import { softqd } from '../generated/messages.js';

const { v1 } = softqd;

/** Throws E_BRIDGE_MESSAGE for bytes that are not a message within the bounds; throws nothing else. */
export function decodeLinkToBoard(payload: Uint8Array): LinkToBoard {
  return guarded(() => readToBoard(decodeWith(v1.LinkToBoard, payload)));
}

/** Throws E_BRIDGE_MESSAGE for bytes that are not a message within the bounds, nothing else. The driver checks for NaN. */
export function decodeLinkFromBoard(payload: Uint8Array): LinkFromBoard {
  return guarded(() => readFromBoard(decodeWith(v1.LinkFromBoard, payload)));
}

function decodeWith<T>(type: { decode(bytes: Uint8Array): T }, payload: Uint8Array): T {
  checkFrameSize(payload, BRIDGE_MAX_PAYLOAD_BYTES);
  return type.decode(payload);
}

function guarded<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof SoftqdError && cause.code === 'E_BRIDGE_MESSAGE') throw cause;
    throw refuse(cause instanceof Error ? cause.message : 'not a message', cause);
  }
}

function refuse(why: string, cause?: unknown): SoftqdError {
  return new SoftqdError('E_BRIDGE_MESSAGE', `bridge link: ${why}`, cause === undefined ? {} : { cause });
}

function named<T extends string>(
  table: Readonly<Record<T, number>>,
  value: number | null | undefined,
  field: string,
): T {
  const word = linkEnumName(table, value);
  if (word === undefined) throw refuse(`${field} is ${value ?? 0}`);
  return word;
}

function known<T extends string>(table: Readonly<Record<T, number>>, value: number | null | undefined): T | 'unknown' {
  return linkEnumName(table, value) ?? 'unknown';
}

function readToBoard(message: softqd.v1.LinkToBoard): LinkToBoard {
  const { hello, heartbeat, command, arm, disarm, parameterRequest, clearFault } = message;
  if (hello) {
    const hostVersion = boundedText('host_version', hello.hostVersion ?? '', LINK_MAX_SIZES.versionLength);
    return { type: 'hello', protocolVersion: hello.protocolVersion ?? 0, session: hello.session ?? 0, hostVersion };
  }
  if (heartbeat) return { type: 'heartbeat', sequence: heartbeat.sequence ?? 0, engaged: heartbeat.engaged ?? false };
  if (command) {
    return {
      type: 'command',
      sequence: command.sequence ?? 0,
      mode: named(LINK_COMMAND_MODE, command.mode, 'command.mode'),
      targets: boundedNumbers('command.targets', command.targetRadOrMOrPerSOrNmOrN ?? [], LINK_MAX_SIZES.joints),
      validForMs: command.validForMs ?? 0,
    };
  }
  if (arm) return { type: 'arm', session: arm.session ?? 0, limitsHash: arm.limitsHash ?? 0 };
  if (disarm) {
    const stops = disarm.stops ?? [];
    checkArrayLength('disarm.stops', stops.length, LINK_MAX_SIZES.joints);
    return { type: 'disarm', session: disarm.session ?? 0, stops: stops.map(readStop) };
  }
  if (clearFault) return { type: 'clear-fault', session: clearFault.session ?? 0 };
  if (parameterRequest) {
    const name = boundedText('name', parameterRequest.name ?? '', LINK_MAX_SIZES.nameLength);
    return { type: 'parameter-request', name, value: parameterRequest.value ?? 0 };
  }
  throw refuse('unknown message type');
}

function readFromBoard(message: softqd.v1.LinkFromBoard): LinkFromBoard {
  const { reading, welcome, status, fault, parameters, logLine } = message;
  if (reading) return readReading(reading);
  if (welcome) return readWelcome(welcome);
  if (status) return readStatus(status);
  if (fault) {
    const deviceTimeUs = boundedInteger('fault.device_time_us', fault.deviceTimeUs ?? 0);
    return {
      type: 'fault',
      reason: known(LINK_STOP_REASON, fault.reason),
      joint: fault.joint ?? 0,
      value: fault.value ?? 0,
      deviceTimeUs,
    };
  }
  if (parameters) {
    const list = parameters.parameters ?? [];
    checkArrayLength('parameters', list.length, LINK_MAX_SIZES.parameters);
    return {
      type: 'parameters',
      parameters: list.map(({ name, value, minimum, maximum }) => ({
        name: boundedText('parameters.name', name ?? '', LINK_MAX_SIZES.nameLength),
        value: value ?? 0,
        minimum: minimum ?? 0,
        maximum: maximum ?? 0,
      })),
      refusal: known(LINK_REFUSAL, parameters.refusal),
    };
  }
  if (logLine) {
    return {
      type: 'log-line',
      deviceTimeUs: boundedInteger('log_line.device_time_us', logLine.deviceTimeUs ?? 0),
      level: named(LINK_LOG_LEVEL, logLine.level, 'log_line.level'),
      text: boundedText('log_line.text', logLine.text ?? '', LINK_MAX_SIZES.logLength),
    };
  }
  throw refuse('unknown message type');
}

function readStatus(status: softqd.v1.LinkStatus.$Properties): LinkStatus {
  const outputs = status.outputs ?? [];
  checkArrayLength('status.outputs', outputs.length, LINK_MAX_SIZES.joints);
  return {
    type: 'status',
    accepted: status.accepted ?? false,
    refusal: known(LINK_REFUSAL, status.refusal),
    state: named(LINK_STATE, status.state, 'status.state'),
    stopReason: known(LINK_STOP_REASON, status.stopReason),
    joint: status.joint ?? 0,
    value: status.value ?? 0,
    framesReceived: status.framesReceived ?? 0,
    framesDropped: status.framesDropped ?? 0,
    session: status.session ?? 0,
    outputs: outputs.map((output) => named(LINK_OUTPUT, output, 'status.outputs')),
  };
}

function readReading(message: softqd.v1.LinkReading.$Properties): LinkReading {
  const list = (field: string, values: number[] | null | undefined): Float64Array =>
    boundedNumbers(`reading.${field}`, values ?? [], LINK_MAX_SIZES.joints);
  return {
    type: 'reading',
    deviceTimeUs: boundedInteger('reading.device_time_us', message.deviceTimeUs ?? 0),
    sequence: message.sequence ?? 0,
    positions: list('positions', message.positionRadOrM),
    velocities: list('velocities', message.velocityRadOrMPerS),
    efforts: list('efforts', message.effortNmOrN),
    appliedTargets: list('applied_targets', message.appliedTargetRadOrMOrPerSOrNmOrN),
    supplyVoltageV: message.supplyVoltageV ?? 0,
    temperaturesC: list('temperatures', message.temperatureC),
    flags: message.flags ?? 0,
    state: named(LINK_STATE, message.state, 'reading.state'),
    stopReason: known(LINK_STOP_REASON, message.stopReason),
    commandSequence: message.commandSequence ?? 0,
    session: message.session ?? 0,
  };
}

function readWelcome(message: softqd.v1.LinkWelcome.$Properties): LinkWelcome {
  const joints = message.joints ?? [];
  checkArrayLength('welcome.joints', joints.length, LINK_MAX_SIZES.joints);
  const protocolVersion = message.protocolVersion ?? 0;
  return {
    type: 'welcome',
    protocolVersion,
    session: message.session ?? 0,
    firmwareVersion: boundedText(
      'welcome.firmware_version',
      message.firmwareVersion ?? '',
      LINK_MAX_SIZES.versionLength,
    ),
    board: boundedText('welcome.board', message.board ?? '', LINK_MAX_SIZES.versionLength),
    // Another version describes its joints in another way; the driver refuses it by its number.
    joints: protocolVersion === LINK_PROTOCOL_VERSION ? joints.map(readJoint) : [],
    limitsHash: message.limitsHash ?? 0,
    deviceTimeUs: boundedInteger('welcome.device_time_us', message.deviceTimeUs ?? 0),
    state: named(LINK_STATE, message.state, 'welcome.state'),
    stopReason: known(LINK_STOP_REASON, message.stopReason),
  };
}

function readStop(message: softqd.v1.LinkJointStop.$Properties): LinkJointStop {
  return {
    mode: named(LINK_STOP_MODE, message.mode, 'stop.mode'),
    holdMs: message.holdMs ?? 0,
    then: named(LINK_STOP_MODE, message.then, 'stop.then'),
    maxHoldTemperatureC: message.maxHoldTemperatureC ?? 0,
  };
}

function readJoint(message: softqd.v1.LinkJoint.$Properties): LinkJoint {
  return {
    name: boundedText('joint.name', message.name ?? '', LINK_MAX_SIZES.nameLength),
    targetMode: named(LINK_TARGET_MODE, message.targetMode, 'joint.target_mode'),
    stop: readStop(message.stop ?? {}),
    minPositionRadOrM: message.minPositionRadOrM ?? 0,
    maxPositionRadOrM: message.maxPositionRadOrM ?? 0,
    maxVelocityRadOrMPerS: message.maxVelocityRadOrMPerS ?? 0,
    maxAccelerationRadOrMPerS2: message.maxAccelerationRadOrMPerS2 ?? 0,
    maxCommandDistanceRadOrM: message.maxCommandDistanceRadOrM ?? 0,
    maxEffortNmOrN: message.maxEffortNmOrN ?? 0,
    maxEffortRateNmOrNPerS: message.maxEffortRateNmOrNPerS ?? 0,
  };
}
