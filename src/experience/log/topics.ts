/**
 * Topics of a log: one topic, one schema and one ID each; IDs are the same in every segment. `checksumField` is the number of the field
 * `crc32c`, which ends each message. The numbers differ in two bits or more, so that one flipped bit gives no other topic's number.
 */
export const TOPICS = {
  transition: { id: 1, topic: '/softqd/transition', schema: 'softqd.v1.Transition', checksumField: 15 },
  event: { id: 2, topic: '/softqd/event', schema: 'softqd.v1.Event', checksumField: 6 },
  jointStates: { id: 3, topic: '/softqd/joint_states', schema: 'softqd.v1.JointStates', checksumField: 9 },
  metrics: { id: 4, topic: '/softqd/metrics', schema: 'softqd.v1.Metrics', checksumField: 10 },
  tick: { id: 5, topic: '/softqd/tick', schema: 'softqd.v1.Tick', checksumField: 12 },
} as const;

export type TopicName = keyof typeof TOPICS;
