/** What a rosbridge body counts; every number only grows. */
export interface RosbridgeCounters {
  readings: number;
  /** Joint states that hold none of the robot's joints: another publisher on the topic. */
  otherRobotMessages: number;
  /** Messages that are no joint state, or one without all joints or with a value that is not finite. */
  badMessages: number;
  /** Joint states that came without a velocity for some joint: it was taken from the positions. */
  velocitiesDerived: number;
  commands: number;
  /** Commands withheld because the server had not confirmed older ones. */
  sendFailures: number;
  /** Commands that were not sent because the body was disarmed. */
  droppedWhileDisarmed: number;
  /** Readings at which a joint had stood away from its target for a second without moving. */
  trackingFailures: number;
  reconnects: number;
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
  };
}
