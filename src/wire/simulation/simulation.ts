import { SoftqdError } from '../../base/errors.ts';
import { ROBOT_SIZE_LIMITS } from '../../robot/bounds.ts';
import { checkFrameSize, checkArrayLength, boundedInteger, boundedNumbers, boundedText } from '../bounded.ts';
import { softqd } from '../generated/messages.js';
import { numbers, readingFromMessage, readingToMessage } from '../reading-message.ts';
import { MAX_SIMULATION_CONTROL_FRAME_BYTES, MAX_SIMULATION_FRAME_BYTES } from './simulation-messages.ts';
import type { SimulationReply, SimulationRequest, SimulatorSpec } from './simulation-messages.ts';

const { v1 } = softqd;
const LIMIT = ROBOT_SIZE_LIMITS;
const MAX_MESSAGE_LENGTH = 4096;

/** One request as the bytes of one binary frame. */
export function encodeSimulationRequest(request: SimulationRequest): Uint8Array {
  return v1.SimulationRequest.encode(requestToMessage(request)).finish();
}

function requestToMessage(request: SimulationRequest): softqd.v1.SimulationRequest.$Properties {
  const { id } = request;
  switch (request.type) {
    case 'command':
      return { id, command: { sequence: request.sequence, targetRadOrMOrPerSOrNmOrN: numbers(request.targets) } };
    case 'reset': {
      if ('seed' in request.from) return { id, reset: { seed: request.from.seed } };
      const { qpos, qvel } = request.from.state;
      return { id, reset: { state: { qposRadOrM: numbers(qpos), qvelRadOrMPerS: numbers(qvel) } } };
    }
    case 'hello':
      return {
        id,
        hello: {
          protocolVersion: request.protocolVersion,
          role:
            request.role === 'controller'
              ? v1.SimulationRole.SIMULATION_ROLE_CONTROLLER
              : v1.SimulationRole.SIMULATION_ROLE_OBSERVER,
          robot: request.robot,
          controlPeriodS: request.controlPeriodS,
        },
      };
    case 'save-state':
      return { id, saveState: {} };
    case 'load-state':
      return { id, loadState: { state: request.state } };
  }
}

/** One reply as the bytes of one binary frame. */
export function encodeSimulationReply(reply: SimulationReply): Uint8Array {
  return v1.SimulationReply.encode(replyToMessage(reply)).finish();
}

function replyToMessage(reply: SimulationReply): softqd.v1.SimulationReply.$Properties {
  const { replyTo } = reply;
  switch (reply.type) {
    case 'reading':
      return { replyTo, reading: readingToMessage(reply.reading) };
    case 'state':
      return { replyTo, state: { state: reply.state } };
    case 'error':
      return { replyTo, error: { code: reply.code, message: reply.message.slice(0, MAX_MESSAGE_LENGTH) } };
    case 'spec': {
      const { spec } = reply;
      return {
        replyTo,
        spec: {
          robot: spec.robot,
          jointNames: [...spec.jointNames],
          sensors: spec.sensors.map(({ name, size, unit }) => ({ name, size, unit })),
          controlPeriodS: spec.controlPeriodS,
          physicsStepS: spec.physicsStepS,
          ...(spec.resetsBySeedOnly ? { resetsBySeedOnly: true } : {}),
          ...(spec.savesNoState ? { savesNoState: true } : {}),
          mode:
            spec.mode === 'lock-step'
              ? v1.SimulationMode.SIMULATION_MODE_LOCK_STEP
              : v1.SimulationMode.SIMULATION_MODE_REAL_TIME,
        },
      };
    }
  }
}

/** Throws E_FRAME_INVALID for bytes that are not a request and E_FRAME_TOO_LARGE beyond the bounds; throws nothing else. */
export function decodeSimulationRequest(bytes: Uint8Array, maxBytes = MAX_SIMULATION_FRAME_BYTES): SimulationRequest {
  boundSimulationFrame(bytes, REQUEST_LARGE_TAGS, maxBytes);
  const message = decodeWith(v1.SimulationRequest, bytes);
  const id = message.id;
  if (message.command) {
    const { sequence, targetRadOrMOrPerSOrNmOrN: targets } = message.command;
    return {
      type: 'command',
      id,
      sequence: boundedInteger('command.sequence', sequence),
      targets: boundedNumbers('command.targets', targets ?? [], LIMIT.joints),
    };
  }
  if (message.reset) {
    const { state, seed } = message.reset;
    if (state === null || state === undefined)
      return { type: 'reset', id, from: { seed: boundedInteger('reset.seed', seed ?? 0) } };
    const qpos = boundedNumbers('reset.qpos', state.qposRadOrM ?? [], LIMIT.values);
    const qvel = boundedNumbers('reset.qvel', state.qvelRadOrMPerS ?? [], LIMIT.values);
    return { type: 'reset', id, from: { state: { qpos, qvel } } };
  }
  if (message.saveState) return { type: 'save-state', id };
  if (message.loadState) return { type: 'load-state', id, state: copied(message.loadState.state) };
  if (message.hello) {
    const { role, robot, protocolVersion, controlPeriodS } = message.hello;
    if (role !== v1.SimulationRole.SIMULATION_ROLE_CONTROLLER && role !== v1.SimulationRole.SIMULATION_ROLE_OBSERVER) {
      throw new SoftqdError('E_FRAME_INVALID', 'hello.role is neither controller nor watcher');
    }
    return {
      type: 'hello',
      id,
      protocolVersion: protocolVersion ?? 0,
      role: role === v1.SimulationRole.SIMULATION_ROLE_CONTROLLER ? 'controller' : 'watcher',
      robot: boundedText('hello.robot', robot ?? '', LIMIT.nameLength),
      controlPeriodS: controlPeriodS ?? 0,
    };
  }
  throw new SoftqdError('E_FRAME_INVALID', 'a frame without a known request');
}

/** Throws E_FRAME_INVALID for bytes that are not a reply and E_FRAME_TOO_LARGE beyond the bounds; throws nothing else. */
export function decodeSimulationReply(bytes: Uint8Array, maxBytes = MAX_SIMULATION_FRAME_BYTES): SimulationReply {
  boundSimulationFrame(bytes, REPLY_LARGE_TAGS, maxBytes);
  const message = decodeWith(v1.SimulationReply, bytes);
  const { replyTo } = message;
  if (message.reading) return { type: 'reading', replyTo, reading: readingFromMessage(message.reading) };
  if (message.state) return { type: 'state', replyTo, state: copied(message.state.state) };
  if (message.spec) return { type: 'spec', replyTo, spec: specFromMessage(message.spec) };
  if (message.error) {
    const code = boundedText('error.code', message.error.code ?? '', LIMIT.nameLength);
    return {
      type: 'error',
      replyTo,
      code,
      message: boundedText('error.message', message.error.message ?? '', MAX_MESSAGE_LENGTH),
    };
  }
  throw new SoftqdError('E_FRAME_INVALID', 'a frame without a known reply');
}

// First bytes of the messages that may be large: load_state; reading and state.
const REQUEST_LARGE_TAGS: readonly number[] = [5 * 8 + 2];
const REPLY_LARGE_TAGS: readonly number[] = [2 * 8 + 2, 3 * 8 + 2];

/** All other messages are small, so that a malicious frame cannot create millions of objects. */
function boundSimulationFrame(bytes: Uint8Array, largeTags: readonly number[], maxBytes: number): void {
  const small = Math.min(maxBytes, MAX_SIMULATION_CONTROL_FRAME_BYTES);
  checkFrameSize(bytes, largeTags.includes(bytes[0] ?? 0) ? maxBytes : small);
}

function decodeWith<T>(type: { decode(bytes: Uint8Array): T }, bytes: Uint8Array): T {
  try {
    return type.decode(bytes);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new SoftqdError('E_FRAME_INVALID', `invalid message: ${message}`, { cause: error });
  }
}

function specFromMessage(message: softqd.v1.SimulationSpec.$Properties): SimulatorSpec {
  const sensors = message.sensors ?? [];
  const joints = message.jointNames ?? [];
  checkArrayLength('spec.sensors', sensors.length, LIMIT.sensors);
  checkArrayLength('spec.joint_names', joints.length, LIMIT.joints);
  if (
    message.mode !== v1.SimulationMode.SIMULATION_MODE_LOCK_STEP &&
    message.mode !== v1.SimulationMode.SIMULATION_MODE_REAL_TIME
  ) {
    throw new SoftqdError('E_FRAME_INVALID', 'spec.mode is neither lock-step nor real-time');
  }
  return {
    robot: boundedText('spec.robot', message.robot ?? '', LIMIT.nameLength),
    jointNames: joints.map((name) => boundedText('spec.joint_names', name, LIMIT.nameLength)),
    sensors: sensors.map(({ name, size, unit }) => ({
      name: boundedText('spec.sensors.name', name ?? '', LIMIT.nameLength),
      size: size ?? 0,
      unit: boundedText('spec.sensors.unit', unit ?? '', LIMIT.nameLength),
    })),
    controlPeriodS: message.controlPeriodS ?? 0,
    physicsStepS: message.physicsStepS ?? 0,
    mode: message.mode === v1.SimulationMode.SIMULATION_MODE_LOCK_STEP ? 'lock-step' : 'real-time',
    resetsBySeedOnly: message.resetsBySeedOnly ?? false,
    savesNoState: message.savesNoState ?? false,
  };
}

function copied(bytes: Uint8Array | null | undefined): Uint8Array {
  return Uint8Array.from(bytes ?? []);
}
