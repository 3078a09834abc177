import { NS_PER_MS } from '../../base/clock.ts';
import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import type { Reading } from '../../robot/reading.ts';
import type { RosbridgeCounters } from './counters.ts';
import type { JointStateReader } from './joint-state-reader.ts';
import { openRosbridgeSocket } from './open-socket.ts';
import type { RosbridgeOptions } from './options.ts';
import { checkTopicTypes, topicsOfType } from './rosapi.ts';
import { RosbridgeLink, topicTypes } from './rosbridge-link.ts';

/** A server whose joint states are this robot's. */
export interface Established {
  readonly link: RosbridgeLink;
  readonly first: Reading;
}

export interface EstablishParts {
  readonly options: RosbridgeOptions;
  readonly counters: RosbridgeCounters;
  readonly reader: JointStateReader;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens the connection, subscribes, and waits for the first joint state of this robot. Throws the errors of openRosbridgeSocket,
 * E_READING_* and E_ROSBRIDGE_MESSAGE for a joint state that does not fit, E_PROTOCOL_MISMATCH for a topic of another type (where rosapi
 * says it), E_TIMEOUT when none came.
 */
export async function establish(parts: EstablishParts): Promise<Established> {
  const { options, counters, signal } = parts;
  const { url, connectTimeoutMs: timeoutMs, maxMessageBytes } = options;
  const socket = await openRosbridgeSocket({ address: url.webSocketUrl, timeoutMs, maxMessageBytes, signal });
  const link = new RosbridgeLink(socket, options, counters);
  try {
    link.open();
    const [first] = await Promise.all([firstReading(link, parts), checkTopicTypes(link, options)]);
    return { link, first };
  } catch (error) {
    await link.close();
    throw error;
  }
}

function firstReading(link: RosbridgeLink, { options, reader, signal }: EstablishParts): Promise<Reading> {
  const { clock, connectTimeoutMs, url } = options;
  return new Promise((resolve, reject) => {
    let settled = false;
    const settle = (finish: () => void): void => {
      if (settled) return;
      settled = true;
      cancel();
      signal?.removeEventListener('abort', onAbort);
      finish();
    };
    const fail = (error: SoftqdError): void => settle(() => reject(error));
    const onAbort = (): void => fail(new SoftqdError('E_CONNECT', `connecting to ${url.webSocketUrl} was cancelled`));
    const cancel = clock.at(clock.nowNs() + connectTimeoutMs * NS_PER_MS, () => {
      void silence(link, options).then(fail);
    });
    link.onLost = fail;
    link.onBad = fail;
    link.onState = (message, arrivalNs) => {
      try {
        const reading = reader.read(message, { sequence: 1, arrivalNs });
        if (reading !== null) settle(() => resolve(reading));
      } catch (thrown) {
        fail(toSoftqdError(thrown));
      }
    };
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted) onAbort();
  });
}

/** Why no joint state came, as far as rosapi knows. */
async function silence(link: RosbridgeLink, options: RosbridgeOptions): Promise<SoftqdError> {
  const { url, connectTimeoutMs, robot } = options;
  const { state } = topicTypes(options);
  const topics = await topicsOfType(link, state);
  const hint =
    topics === null
      ? 'Check that it is a rosbridge server, that ?ros=1 or ?ros=2 is right, and the name of the topic.'
      : topics.length === 0
        ? `No topic of type ${state} exists there: start the robot's joint state broadcaster.`
        : `Topics of type ${state} there: ${topics.slice(0, 8).join(', ')}. Name one with ?state=/TOPIC.`;
  return new SoftqdError(
    'E_TIMEOUT',
    `${url.webSocketUrl}: no joint state of ${robot.name} on ${url.stateTopic} within ${connectTimeoutMs} ms`,
    { hint, values: { address: url.webSocketUrl, topic: url.stateTopic, topics: topics?.slice(0, 64) ?? null } },
  );
}
