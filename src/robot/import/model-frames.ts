import type { KinematicLink, KinematicsSpec, Vector3 } from '../kinematics-spec.ts';
import { rotationAbout, rpyOfRotation, times, timesVector, type Matrix3 } from '../rotation.ts';
import type { ModelDescription, ModelJoint } from './model-description.ts';

const IDENTITY: Matrix3 = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/** Where a body is, in the frame of the last driven joint that carries it. */
interface BodyFrame {
  /** That joint; null: the base. */
  readonly joint: string | null;
  readonly atM: Vector3;
  readonly rotation: Matrix3;
  /** False: a joint that is not driven (or no hinge or slide) is between; its place is that of the initial pose. */
  readonly placed: boolean;
}

export interface ModelFrames {
  /** In the order of the model's bodies. */
  readonly bodies: readonly BodyFrame[];
  /** Each driven joint, parents first, with the driven joint before it (null: the base). */
  readonly links: readonly (KinematicLink & { readonly parent: string | null })[];
}

/**
 * The frames of driven joints, as a robot file states them: each at its joint's anchor, with the axes of its body. Other joints stay at the
 * initial pose.
 */
export function modelFrames({ bodies }: ModelDescription, driven: ReadonlySet<string>): ModelFrames {
  const frames: BodyFrame[] = [];
  const links: (KinematicLink & { parent: string | null })[] = [];
  for (const [i, body] of bodies.entries()) {
    const parent =
      i === 0 ? { joint: null, atM: [0, 0, 0] as const, rotation: IDENTITY, placed: true } : frames[body.parent]!;
    let frame: BodyFrame = {
      ...parent,
      atM: moved(parent.atM, parent.rotation, body.atM),
      rotation: times(parent.rotation, body.rotation),
    };
    for (const joint of body.joints) {
      if (driven.has(joint.name)) {
        links.push({ ...linkOf(joint, frame), parent: frame.joint });
        const [x, y, z] = joint.anchorM;
        frame = { joint: joint.name, atM: [-x, -y, -z], rotation: IDENTITY, placed: frame.placed };
      } else frame = { ...frame, placed: false };
    }
    frames.push(frame);
  }
  return { bodies: frames, links };
}

/** The chain to a point of a body; null when no driven joint moves it. */
export function chainTo(frames: ModelFrames, body: number, pointM: Vector3): KinematicsSpec | null {
  const { joint, atM, rotation } = frames.bodies[body]!;
  const chain: KinematicLink[] = [];
  for (let name = joint; name !== null;) {
    const { parent, ...link } = frames.links.find((each) => each.joint === name)!;
    chain.unshift(link);
    name = parent;
  }
  return chain.length === 0 ? null : { chain, tipOriginM: moved(atM, rotation, pointM) };
}

export function moved(from: Vector3, rotation: Matrix3, offset: Vector3): Vector3 {
  const [x, y, z] = timesVector(rotation, offset);
  return [from[0] + x, from[1] + y, from[2] + z];
}

/** A joint whose coordinate is not 0 in the initial pose is turned (or moved) back by it. */
function linkOf({ name, kind, axis, anchorM, reference }: ModelJoint, frame: BodyFrame): KinematicLink {
  const anchor = moved(frame.atM, frame.rotation, anchorM);
  if (kind === 'prismatic') {
    const back: Vector3 = [-reference * axis[0], -reference * axis[1], -reference * axis[2]];
    return { joint: name, originM: moved(anchor, frame.rotation, back), rpyRad: rpyOfRotation(frame.rotation), axis };
  }
  const rotation = reference === 0 ? frame.rotation : times(frame.rotation, rotationAbout(axis, -reference));
  return { joint: name, originM: anchor, rpyRad: rpyOfRotation(rotation), axis };
}
