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
} from './bridge-enums.ts';
import { LINK_MAX_SIZES } from './bridge-messages.ts';
import type {
  LinkFromBoard,
  LinkJointStop,
  LinkReading,
  LinkRefusal,
  LinkStopReason,
  LinkToBoard,
} from './bridge-messages.ts';
import { boundedText, checkArrayLength } from '../bounded.ts';
import { softqd } from '../generated/messages.js';

const { v1 } = softqd;

/** The payload of one bridge frame (not framed yet). Throws E_FRAME_INVALID when a list or text is longer than the board accepts. */
export function encodeLinkToBoard(message: LinkToBoard): Uint8Array {
  return v1.LinkToBoard.encode(toBoard(message)).finish();
}

/** The other direction, for simulated boards. */
export function encodeLinkFromBoard(message: LinkFromBoard): Uint8Array {
  return v1.LinkFromBoard.encode(fromBoard(message)).finish();
}

function stopReason(word: LinkStopReason): softqd.v1.LinkStopReason {
  if (word === 'unknown')
    throw new SoftqdError('E_BRIDGE_MESSAGE', 'bridge link: an unknown stop reason cannot be sent');
  return LINK_STOP_REASON[word];
}

function refusal(word: LinkRefusal): softqd.v1.LinkRefusal {
  if (word === 'unknown') throw new SoftqdError('E_BRIDGE_MESSAGE', 'bridge link: an unknown refusal cannot be sent');
  return LINK_REFUSAL[word];
}

/** The generated encoder only indexes, so that a typed array passes as it is, without a copy. */
function numbers(values: Float64Array, field: string): number[] {
  checkArrayLength(field, values.length, LINK_MAX_SIZES.joints);
  return values as unknown as number[];
}

function toBoard(message: LinkToBoard): softqd.v1.LinkToBoard.$Properties {
  switch (message.type) {
    case 'hello': {
      const { protocolVersion, session } = message;
      const hostVersion = boundedText('host_version', message.hostVersion, LINK_MAX_SIZES.versionLength);
      return { hello: { protocolVersion, session, hostVersion } };
    }
    case 'heartbeat':
      return { heartbeat: { sequence: message.sequence, engaged: message.engaged } };
    case 'command':
      return {
        command: {
          sequence: message.sequence,
          mode: LINK_COMMAND_MODE[message.mode],
          targetRadOrMOrPerSOrNmOrN: numbers(message.targets, 'targets'),
          validForMs: message.validForMs,
        },
      };
    case 'arm':
      return { arm: { session: message.session, limitsHash: message.limitsHash } };
    case 'disarm':
      checkArrayLength('stops', message.stops.length, LINK_MAX_SIZES.joints);
      return { disarm: { session: message.session, stops: message.stops.map(stopOut) } };
    case 'clear-fault':
      return { clearFault: { session: message.session } };
    case 'parameter-request':
      return {
        parameterRequest: { name: boundedText('name', message.name, LINK_MAX_SIZES.nameLength), value: message.value },
      };
  }
}

function fromBoard(message: LinkFromBoard): softqd.v1.LinkFromBoard.$Properties {
  switch (message.type) {
    case 'welcome': {
      return {
        welcome: {
          ...message,
          joints: message.joints.map((joint) => ({
            ...joint,
            targetMode: LINK_TARGET_MODE[joint.targetMode],
            stop: stopOut(joint.stop),
          })),
          state: LINK_STATE[message.state],
          stopReason: stopReason(message.stopReason),
        },
      };
    }
    case 'reading':
      return { reading: readingOut(message) };
    case 'status': {
      return {
        status: {
          ...message,
          refusal: refusal(message.refusal),
          state: LINK_STATE[message.state],
          stopReason: stopReason(message.stopReason),
          outputs: message.outputs.map((output) => LINK_OUTPUT[output]),
        },
      };
    }
    case 'fault': {
      const { joint, value, deviceTimeUs } = message;
      return { fault: { reason: stopReason(message.reason), joint, value, deviceTimeUs } };
    }
    case 'parameters': {
      const parameters = message.parameters.map((parameter) => ({ ...parameter }));
      return { parameters: { parameters, refusal: refusal(message.refusal) } };
    }
    case 'log-line': {
      const { deviceTimeUs, text } = message;
      return { logLine: { deviceTimeUs, level: LINK_LOG_LEVEL[message.level], text } };
    }
  }
}

function stopOut({ mode, holdMs, then, maxHoldTemperatureC }: LinkJointStop): softqd.v1.LinkJointStop.$Properties {
  return { mode: LINK_STOP_MODE[mode], holdMs, then: LINK_STOP_MODE[then], maxHoldTemperatureC };
}

function readingOut(reading: LinkReading): softqd.v1.LinkReading.$Properties {
  return {
    deviceTimeUs: reading.deviceTimeUs,
    sequence: reading.sequence,
    positionRadOrM: numbers(reading.positions, 'positions'),
    velocityRadOrMPerS: numbers(reading.velocities, 'velocities'),
    effortNmOrN: numbers(reading.efforts, 'efforts'),
    appliedTargetRadOrMOrPerSOrNmOrN: numbers(reading.appliedTargets, 'applied targets'),
    supplyVoltageV: reading.supplyVoltageV,
    temperatureC: numbers(reading.temperaturesC, 'temperatures'),
    flags: reading.flags,
    state: LINK_STATE[reading.state],
    stopReason: stopReason(reading.stopReason),
    commandSequence: reading.commandSequence,
    session: reading.session,
  };
}
