import type { JointSpec } from './robot-spec.ts';
import { DEFAULT_SAFETY, type SafetySpec } from './safety-spec.ts';
import { StrictObject, type Location } from './strict-object.ts';
import { parseWorkspace } from './parse-workspace.ts';

const KEYS = ['startUp', 'readingLossFaultS', 'followingErrorS', 'stallS', 'blockableJoints', 'workspace'];
/** A shorter time than a few ticks is not a loss, a longer one than this is no protection. */
const MIN_FAULT_S = 0.02;
const MAX_FAULT_S = 5;

/** The `robot.safety` object of a robot.json5; absent keys have the values of DEFAULT_SAFETY. Throws E_ROBOT_FILE. */
export function parseSafety(json: unknown, place: Location, joints: readonly JointSpec[]): SafetySpec {
  const safety = new StrictObject(json, KEYS, place);
  const seconds = (key: 'readingLossFaultS' | 'followingErrorS' | 'stallS'): number =>
    safety.has(key) ? safety.number(key, MIN_FAULT_S, MAX_FAULT_S) : DEFAULT_SAFETY[key];
  return {
    startUp: safety.has('startUp')
      ? parseStartUp(safety.raw('startUp'), safety.location('startUp'))
      : DEFAULT_SAFETY.startUp,
    readingLossFaultS: seconds('readingLossFaultS'),
    followingErrorS: seconds('followingErrorS'),
    stallS: seconds('stallS'),
    blockableJoints: safety.has('blockableJoints') ? jointNames(safety, joints) : DEFAULT_SAFETY.blockableJoints,
    workspace: safety.has('workspace')
      ? parseWorkspace(safety.raw('workspace'), safety.location('workspace'), joints)
      : DEFAULT_SAFETY.workspace,
  };
}

function parseStartUp(json: unknown, place: Location): SafetySpec['startUp'] {
  const startUp = new StrictObject(json, ['fraction', 'timeS'], place);
  return { fraction: startUp.number('fraction', 0.01, 1), timeS: startUp.number('timeS', 0, 60) };
}

function jointNames(safety: StrictObject, joints: readonly JointSpec[]): readonly string[] {
  const known = joints.map(({ name }) => name);
  return safety.list('blockableJoints', 0, joints.length).map(({ element }) => {
    if (typeof element === 'string' && known.includes(element)) return element;
    throw safety.error(`names ${JSON.stringify(element)}: joints are ${known.join(', ')}`, 'blockableJoints');
  });
}
