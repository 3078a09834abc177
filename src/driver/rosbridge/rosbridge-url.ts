import { closestMatch } from '../../base/closest-match.ts';
import { SoftqdError } from '../../base/errors.ts';
import type { RosVersion } from '../../wire/rosbridge/index.ts';

/** The address of a rosbridge server and the topics of the robot. `commandTopic` null: the default for the robot's command mode. */
export interface RosbridgeUrl {
  /** ws://HOST:PORT/PATH, or wss:// for rosbridges:. */
  readonly webSocketUrl: string;
  /** sensor_msgs/JointState. */
  readonly stateTopic: string;
  readonly commandTopic: string | null;
  /** std_msgs/Float64MultiArray, or trajectory_msgs/JointTrajectory. */
  readonly commandType: 'multiarray' | 'trajectory';
  /** null: to be detected. */
  readonly rosVersion: RosVersion | null;
  /** Encoding of received joint states. */
  readonly encoding: 'json' | 'cbor';
  /** Minimum time between two joint states, ms; 0: every joint state. */
  readonly throttleMs: number;
}

const DEFAULT_PORT = '9090';
const KEYS = ['state', 'command', 'type', 'ros', 'encoding', 'throttle'] as const;
type Key = (typeof KEYS)[number];
const TOPIC = /^\/?[A-Za-z_]\w*(\/[A-Za-z_]\w*)*$/;

/**
 * `rosbridge://HOST[:PORT][/PATH][?state=TOPIC&command=TOPIC&type=multiarray|trajectory&ros=1|2&encoding=json|cbor&throttle=MS]`,
 * `rosbridges:` over TLS; the port is 9090 when absent. Throws E_USAGE with the invalid part.
 */
export function parseRosbridgeUrl(text: string): RosbridgeUrl {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^rosbridges?:$/.test(url.protocol) || url.hostname === '') {
    throw refuse(`${quoted(text)} is not a rosbridge://HOST:PORT URL`);
  }
  if (url.username !== '' || url.password !== '') throw refuse('a rosbridge URL must not contain user or password');
  if (url.hash !== '') throw refuse(`a rosbridge URL must not contain a fragment: ${quoted(url.hash)}`);
  const scheme = url.protocol === 'rosbridge:' ? 'ws' : 'wss';
  const address = `${scheme}://${url.hostname}:${url.port === '' ? DEFAULT_PORT : url.port}${url.pathname}`;
  if (!URL.canParse(address)) throw refuse(`${quoted(url.hostname)} is not a valid host`);
  const values = query(url.searchParams);
  return {
    webSocketUrl: address,
    stateTopic: topic(values.get('state') ?? '/joint_states'),
    commandTopic: values.has('command') ? topic(values.get('command')!) : null,
    commandType: choice(values, 'type', ['multiarray', 'trajectory']),
    rosVersion: rosVersion(values),
    encoding: choice(values, 'encoding', ['json', 'cbor']),
    throttleMs: throttle(values.get('throttle') ?? '0'),
  };
}

function query(parameters: URLSearchParams): ReadonlyMap<Key, string> {
  const values = new Map<Key, string>();
  for (const [key, value] of parameters) {
    if (!isKey(key)) throw refuse(`unknown ${quoted(key)}; did you mean ${closestMatch(key, KEYS)!}?`);
    if (values.has(key)) throw refuse(`${key} is given twice`);
    values.set(key, value);
  }
  return values;
}

function isKey(key: string): key is Key {
  return (KEYS as readonly string[]).includes(key);
}

/** The first choice is the default. */
function choice<T extends string>(values: ReadonlyMap<Key, string>, key: Key, choices: readonly [T, ...T[]]): T {
  const value = values.get(key);
  if (value === undefined) return choices[0];
  const found = choices.find((known) => known === value);
  if (found === undefined) throw refuse(`${key} is ${quoted(value)}; allowed: ${choices.join(' or ')}`);
  return found;
}

function rosVersion(values: ReadonlyMap<Key, string>): RosVersion | null {
  if (!values.has('ros')) return null;
  return choice(values, 'ros', ['2', '1']) === '1' ? 1 : 2;
}

function topic(name: string): string {
  if (name.length <= 256 && TOPIC.test(name)) return name;
  throw refuse(`${quoted(name)} is not a valid ROS topic name`);
}

function throttle(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw refuse(`throttle is ${quoted(text)}; must be an integer from 0 to 9999 (milliseconds)`);
}

function quoted(text: string): string {
  // Never repeats a password.
  return JSON.stringify(text.slice(0, 200).replace(/\/\/[^/]*@/, '//...@'));
}

function refuse(why: string): SoftqdError {
  return new SoftqdError('E_USAGE', `rosbridge: ${why}`, {
    hint: `Use rosbridge://HOST:PORT, optionally with ?${KEYS.map((key) => `${key}=`).join(', ')}; see docs/ros.md.`,
  });
}
