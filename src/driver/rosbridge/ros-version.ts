import { NS_PER_MS } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import { rosVersionOf, type RosVersion } from '../../wire/rosbridge/index.ts';
import type { RosbridgeOptions } from './options.ts';
import { allTopicTypes, statedRosVersion, typeOf } from './rosapi.ts';
import type { RosbridgeLink } from './rosbridge-link.ts';

/**
 * The ROS version of the server: that of the URL, else what rosapi states (ROS 2), the form of its type names (pkg/Type or pkg/msg/Type),
 * else the names in the time stamp of a joint state. Throws E_TIMEOUT when none of these is available, E_CONNECT when canceled, the error
 * of a lost connection.
 */
export async function detectRosVersion(
  link: RosbridgeLink,
  options: RosbridgeOptions,
  signal: AbortSignal | undefined,
): Promise<RosVersion> {
  if (options.url.rosVersion !== null) return options.url.rosVersion;
  const [stated, type] = await Promise.all([statedRosVersion(link), typeOf(link, options.url.stateTopic)]);
  if (stated === 1 || stated === 2) return stated;
  if (type !== null) return versionOfType(type);
  const types = await allTopicTypes(link);
  const [first] = types ?? [];
  return first === undefined ? versionOfStamp(link, options, signal) : versionOfType(first);
}

function versionOfType(type: string): RosVersion {
  return type.split('/').length === 3 ? 2 : 1;
}

/** Subscribes without a type, which both versions accept for an existing topic. */
function versionOfStamp(
  link: RosbridgeLink,
  options: RosbridgeOptions,
  signal: AbortSignal | undefined,
): Promise<RosVersion> {
  const { clock, connectTimeoutMs, url } = options;
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      cancel();
      signal?.removeEventListener('abort', onAbort);
      link.onState = () => undefined;
      finish();
    };
    const onAbort = (): void =>
      settle(() => reject(new SoftqdError('E_CONNECT', `connecting to ${url.webSocketUrl} was canceled`)));
    const cancel = clock.setTimer(clock.nowNs() + connectTimeoutMs * NS_PER_MS, () =>
      settle(() => reject(undetected(options))),
    );
    link.onLost = (error) => settle(() => reject(error));
    link.onState = (message) => {
      const version = rosVersionOf(message);
      if (version !== null) settle(() => resolve(version));
    };
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted) onAbort();
    else link.subscribeToExisting();
  });
}

function undetected({ url, connectTimeoutMs }: RosbridgeOptions): SoftqdError {
  const address = url.webSocketUrl;
  return new SoftqdError(
    'E_TIMEOUT',
    `${address}: the ROS version is unknown: rosapi does not respond, and no joint state on ${url.stateTopic} within ${connectTimeoutMs} ms`,
    {
      hint: 'Check that it is a rosbridge server and the topic name (?state=/TOPIC), or state the version: ?ros=1 or ?ros=2.',
      values: { address, topic: url.stateTopic },
    },
  );
}
