/** Counters of a rosbridge driver; they never decrease. */
export interface RosbridgeCounters {
  readings: number;
  /** Joint states without any joint of the robot, from another publisher on the topic. */
  otherRobotMessages: number;
  /** Damaged messages, which are passed over: malformed, with missing joints, or with values that are not finite or cannot be true. */
  badMessages: number;
  /** Joint states without a velocity for some joint; it was derived from the positions. */
  velocitiesDerived: number;
  commands: number;
  /** Commands withheld because the server had not confirmed older ones. */
  sendFailures: number;
  /** Commands that were not sent because the driver was disarmed. */
  droppedWhileDisarmed: number;
  /** Readings at which a joint had been off its target for a second without moving. */
  trackingFailures: number;
  reconnects: number;
  /** Times between two joint states above the age limit of the robot. */
  pauses: number;
}

export function newRosbridgeCounters(): RosbridgeCounters {
  return {
    readings: 0,
    otherRobotMessages: 0,
    badMessages: 0,
    velocitiesDerived: 0,
    commands: 0,
    sendFailures: 0,
    droppedWhileDisarmed: 0,
    trackingFailures: 0,
    reconnects: 0,
    pauses: 0,
  };
}
