import { NS_PER_MS, type Cancel } from '../../base/clock.ts';
import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import type { Reading } from '../../robot/reading.ts';
import type { RosbridgeCounters } from './counters.ts';
import type { JointStateReader } from './joint-state-reader.ts';
import { openRosbridgeSocket } from './open-socket.ts';
import { rosTopics, type RosbridgeOptions, type RosTopics } from './options.ts';
import { detectRosVersion } from './ros-version.ts';
import { checkTopicTypes, topicsOfType } from './rosapi.ts';
import { RosbridgeLink } from './rosbridge-link.ts';

/** Without a CBOR joint state within this time, JSON is requested. */
const CBOR_FALLBACK_MS = 1000;
/** Damaged joint states in a row after which connecting fails: another robot, or another message. */
const MAX_DAMAGED_AT_FIRST = 3;

/** A server that publishes joint states of this robot. */
export interface VerifiedRosbridge {
  readonly link: RosbridgeLink;
  readonly topics: RosTopics;
  readonly first: Reading;
}

export interface ConnectAndVerifyOptions {
  readonly options: RosbridgeOptions;
  readonly counters: RosbridgeCounters;
  readonly reader: JointStateReader;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens the connection, detects the ROS version, subscribes, and waits for the first joint state of this robot. Throws the errors of
 * openRosbridgeSocket and detectRosVersion, E_READING_* and E_ROSBRIDGE_MESSAGE when joint states do not match the robot,
 * E_PROTOCOL_MISMATCH for a topic of another type (as reported by rosapi), E_TIMEOUT when there is no joint state.
 */
export async function connectAndVerify(attempt: ConnectAndVerifyOptions): Promise<VerifiedRosbridge> {
  const { options, counters, signal } = attempt;
  const { url, connectTimeoutMs: timeoutMs, maxMessageBytes } = options;
  const socket = await openRosbridgeSocket({ address: url.webSocketUrl, timeoutMs, maxMessageBytes, signal });
  const link = new RosbridgeLink(socket, options, counters);
  try {
    const topics = rosTopics(options, await detectRosVersion(link, options, signal));
    link.open(topics);
    const [first] = await Promise.all([firstReading(link, topics, attempt), checkTopicTypes(link, topics)]);
    return { link, topics, first };
  } catch (error) {
    await link.close();
    throw error;
  }
}

function firstReading(
  link: RosbridgeLink,
  topics: RosTopics,
  { options, counters, reader, signal }: ConnectAndVerifyOptions,
): Promise<Reading> {
  const { clock, connectTimeoutMs, url } = options;
  return new Promise((resolve, reject) => {
    let settled = false;
    const settle = (finish: () => void): void => {
      if (settled) return;
      settled = true;
      cancel();
      cancelCbor();
      signal?.removeEventListener('abort', onAbort);
      finish();
    };
    const fail = (error: SoftqdError): void => settle(() => reject(error));
    const onAbort = (): void => fail(new SoftqdError('E_CONNECT', `connecting to ${url.webSocketUrl} was canceled`));
    const cancel = clock.setTimer(clock.nowNs() + connectTimeoutMs * NS_PER_MS, () => {
      void noJointStateError(link, topics, options).then(fail);
    });
    const cancelCbor = url.encoding === 'cbor' ? fallBackToJson(link, options) : () => undefined;
    let damaged = 0;
    const passOver = (error: SoftqdError): void => {
      counters.badMessages++;
      if (++damaged >= MAX_DAMAGED_AT_FIRST) fail(error);
    };
    link.onLost = fail;
    link.onBad = passOver;
    link.onState = (message, arrivalNs) => {
      try {
        const reading = reader.read(message, { sequence: 1, arrivalNs, driven: false });
        if (reading !== null) settle(() => resolve(reading));
      } catch (thrown) {
        passOver(toSoftqdError(thrown));
      }
    };
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted) onAbort();
  });
}

/** rosbridge of ROS 1 (0.11.17, its last) and of ROS 2 before 2.0 silently fails to encode joint names in CBOR. */
function fallBackToJson(link: RosbridgeLink, { clock, connectTimeoutMs, logger, robot }: RosbridgeOptions): Cancel {
  const timeoutMs = Math.min(CBOR_FALLBACK_MS, connectTimeoutMs / 2);
  return clock.setTimer(clock.nowNs() + timeoutMs * NS_PER_MS, () => {
    logger.warning(`${robot.name}: rosbridge does not send CBOR joint states; falling back to JSON`);
    link.subscribe('none');
  });
}

/** The reason for a missing joint state, according to rosapi. */
async function noJointStateError(
  link: RosbridgeLink,
  { state }: RosTopics,
  options: RosbridgeOptions,
): Promise<SoftqdError> {
  const { url, connectTimeoutMs, robot } = options;
  const topics = await topicsOfType(link, state.type);
  const hint = noJointStateHint(state.type, url.stateTopic, topics);
  return new SoftqdError(
    'E_TIMEOUT',
    `${url.webSocketUrl}: no joint state of ${robot.name} on ${url.stateTopic} within ${connectTimeoutMs} ms`,
    { hint, values: { address: url.webSocketUrl, topic: url.stateTopic, topics: topics?.slice(0, 64) ?? null } },
  );
}

function noJointStateHint(type: string, topic: string, topics: readonly string[] | null): string {
  if (topics === null) {
    return 'Check that it is a rosbridge server, the ROS version (?ros=1 or ?ros=2) and the topic name.';
  }
  const others = topics.filter((name) => name !== topic).slice(0, 8);
  if (others.length > 0)
    return `Available topics of type ${type}: ${others.join(', ')}. Select one with ?state=/TOPIC.`;
  if (topics.length > 0) return "The topic exists but has no publisher for this robot's joints.";
  return `No topic of type ${type} exists there: check ?ros=1 or ?ros=2, and start the joint state broadcaster.`;
}
