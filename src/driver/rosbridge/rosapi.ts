import { SoftqdError } from '../../base/errors.ts';
import { isRosObject, type RosValue } from '../../wire/rosbridge/index.ts';
import type { RosTopics } from './options.ts';
import type { RosbridgeLink } from './rosbridge-link.ts';

/** Requests to the node rosapi, which usually runs next to rosbridge; null without a response. */

export async function topicsOfType(link: RosbridgeLink, type: string): Promise<readonly string[] | null> {
  return strings(await link.callService('/rosapi/topics_for_type', { type }), 'topics');
}

export async function subscribersOf(link: RosbridgeLink, topic: string): Promise<readonly string[] | null> {
  return strings(await link.callService('/rosapi/subscribers', { topic }), 'subscribers');
}

/** The ROS version as rosapi of ROS 2 states it. */
export async function statedRosVersion(link: RosbridgeLink): Promise<number | null> {
  const values = await link.callService('/rosapi/get_ros_version', {});
  const version = isRosObject(values ?? undefined) ? (values as { version?: RosValue }).version : undefined;
  return typeof version === 'number' ? version : null;
}

/** The types of all topics. */
export async function allTopicTypes(link: RosbridgeLink): Promise<readonly string[] | null> {
  return strings(await link.callService('/rosapi/topics', {}), 'types');
}

/** Throws E_PROTOCOL_MISMATCH when a topic has another type than required; rosbridge itself would not report it. */
export async function checkTopicTypes(link: RosbridgeLink, { state, command }: RosTopics): Promise<void> {
  const found = await Promise.all([typeOf(link, state.name), typeOf(link, command.name)]);
  for (const [i, { name, type }] of [state, command].entries()) {
    const other = found[i] ?? null;
    if (other === null || plain(other) === plain(type)) continue;
    throw new SoftqdError('E_PROTOCOL_MISMATCH', `topic ${name} has type ${other}, expected ${type}`, {
      hint: 'Name the topics in the URL: ?state=/TOPIC&command=/TOPIC&type=multiarray|trajectory.',
      values: { topic: name, found: other, expected: type },
    });
  }
}

export async function typeOf(link: RosbridgeLink, topic: string): Promise<string | null> {
  const values = await link.callService('/rosapi/topic_type', { topic });
  const type = isRosObject(values ?? undefined) ? (values as { type?: RosValue }).type : undefined;
  return typeof type === 'string' && type !== '' ? type.slice(0, 200) : null;
}

/** ROS 1 writes pkg/Type, ROS 2 pkg/msg/Type. */
function plain(type: string): string {
  return type.replace('/msg/', '/');
}

function strings(values: RosValue | null, field: string): readonly string[] | null {
  const list = isRosObject(values ?? undefined) ? (values as Record<string, RosValue>)[field] : undefined;
  if (!Array.isArray(list)) return null;
  return (list as readonly RosValue[]).filter((item) => typeof item === 'string').map((item) => item.slice(0, 256));
}
