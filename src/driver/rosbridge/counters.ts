/** What a rosbridge body counts; every number only grows. */
export interface RosbridgeCounters {
  readings: number;
  /** Joint states that hold none of the robot's joints: another publisher on the topic. */
  foreign: number;
  /** Messages that are no joint state, or one without all joints or with a value that is not finite. */
  badMessages: number;
  /** Joint states that came without a velocity for some joint: it was taken from the positions. */
  velocitiesDerived: number;
  commands: number;
  /** Commands withheld because the server had not confirmed older ones. */
  notSent: number;
  /** Commands that were not sent because the body was disarmed. */
  whileDisarmed: number;
  /** Readings at which a joint had stood away from its target for a second without moving. */
  notFollowing: number;
  reconnects: number;
}

export function newRosbridgeCounters(): RosbridgeCounters {
  return {
    readings: 0,
    foreign: 0,
    badMessages: 0,
    velocitiesDerived: 0,
    commands: 0,
    notSent: 0,
    whileDisarmed: 0,
    notFollowing: 0,
    reconnects: 0,
  };
}
