/**
 * Topics of a log: one topic, one schema and one ID each; IDs are the same in every segment. The number of a message's checksum field is
 * 16 minus the ID, so that it also identifies the topic.
 */
export const TOPICS = {
  transition: { id: 1, topic: '/softqd/transition', schema: 'softqd.v1.Transition' },
  event: { id: 2, topic: '/softqd/event', schema: 'softqd.v1.Event' },
  jointStates: { id: 3, topic: '/softqd/joint_states', schema: 'softqd.v1.JointStates' },
  metrics: { id: 4, topic: '/softqd/metrics', schema: 'softqd.v1.Metrics' },
  tick: { id: 5, topic: '/softqd/tick', schema: 'softqd.v1.Tick' },
} as const;

export type TopicName = keyof typeof TOPICS;

/** Number of the field `crc32c` in the messages of a topic. */
export function checksumField(name: TopicName): number {
  return 16 - TOPICS[name].id;
}
