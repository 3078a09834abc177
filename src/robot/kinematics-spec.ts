/** [x, y, z] in meters, radians or as a direction; x forward, y left, z up in the robot's base frame. */
export type Vector3 = readonly [number, number, number];

/** The chain of joints from the base to the tip. Joints that do not move the tip (a gripper's jaw) are not in it. */
export interface KinematicsSpec {
  /** From the base outwards. */
  readonly chain: readonly KinematicLink[];
  /** The tip in the frame of the last joint. */
  readonly tipOriginM: Vector3;
}

/** One joint of the chain, as URDF states it: translate by `originM`, turn by `rpyRad`, then move about or along `axis`. */
export interface KinematicLink {
  /** Its name in RobotSpec.joints. */
  readonly joint: string;
  /** Origin of the joint in the previous frame. */
  readonly originM: Vector3;
  /** Fixed turn of the joint's frame: about x, then about the fixed y, then about the fixed z. */
  readonly rpyRad: Vector3;
  /** A unit vector in the joint's frame. */
  readonly axis: Vector3;
}
