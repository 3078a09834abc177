import { SoftqdError } from '../../base/errors.ts';
import { isRosObject, type RosValue } from '../../wire/rosbridge/index.ts';
import type { RosbridgeOptions } from './options.ts';
import { topicTypes, type RosbridgeLink } from './rosbridge-link.ts';

/** Requests to the node rosapi, which usually runs next to rosbridge; null without a response. */

export async function topicsOfType(link: RosbridgeLink, type: string): Promise<readonly string[] | null> {
  return strings(await link.callService('/rosapi/topics_for_type', { type }), 'topics');
}

export async function subscribersOf(link: RosbridgeLink, topic: string): Promise<readonly string[] | null> {
  return strings(await link.callService('/rosapi/subscribers', { topic }), 'subscribers');
}

/** Throws E_PROTOCOL_MISMATCH when a topic has another type than required; rosbridge itself would not report it. */
export async function checkTopicTypes(link: RosbridgeLink, options: RosbridgeOptions): Promise<void> {
  const { url } = options;
  const types = topicTypes(options);
  const [state, command] = await Promise.all([typeOf(link, url.stateTopic), typeOf(link, url.commandTopic)]);
  for (const [topic, found, expected] of [
    [url.stateTopic, state, types.state],
    [url.commandTopic, command, types.command],
  ] as const) {
    if (found === null || plain(found) === plain(expected)) continue;
    throw new SoftqdError('E_PROTOCOL_MISMATCH', `topic ${topic} has type ${found}, expected ${expected}`, {
      hint: 'Name the topics in the URL: ?state=/TOPIC&command=/TOPIC&type=multiarray|trajectory.',
      values: { topic, found, expected },
    });
  }
}

async function typeOf(link: RosbridgeLink, topic: string): Promise<string | null> {
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
