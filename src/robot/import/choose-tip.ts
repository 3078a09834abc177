/** A link of a tree, as far as it matters for the tip. */
export interface TreeLink {
  readonly name: string;
  /** Null: the root. */
  readonly parent: string | null;
  /** How many joints that the robot drives carry it, counted from its parent. */
  readonly joints: number;
  /** False: a joint that is not driven is between it and the base, so that its place is not known. */
  readonly placed: boolean;
}

export type ChosenTip =
  | {
      readonly tip: string;
      /** Why, as a clause; null: it is the only leaf link. */
      readonly reason: string | null;
    }
  /** The link that would be the tip, were its place known. */
  | { readonly tip: null; readonly unplaced: string };

/** Names of tips in use, the most exact first. */
const TIP_NAMES = [
  /(^|_)tcp($|_)|tool_?cent(er|re)/i,
  /grasp|gripper_?frame|pinch/i,
  /(^|_)tool0$/i,
  /end_?effector|(^|_)eef?($|_)/i,
  /attachment_?site|(^|_)flange$/i,
];
/** Fingers: so many joints behind the last one of an arm. */
const FINGER_JOINTS = 2;

/**
 * The tip of an arm: the only leaf link; or the only link of a name in use for tips, among those that most joints carry; or the last link
 * that carries all the leaves that most joints carry (a palm). Null when there is none: several arms, legs. A link whose place is not known
 * is no tip, and none before it is one in its place.
 */
export function chooseTip(links: readonly TreeLink[]): ChosenTip | null {
  const byName = new Map(links.map((link) => [link.name, link]));
  const depth = (name: string): number => {
    let joints = 0;
    for (let link = byName.get(name); link !== undefined; link = byName.get(link.parent ?? '')) joints += link.joints;
    return joints;
  };
  const parents = new Set(links.map(({ parent }) => parent));
  const leaves = links.filter(({ name }) => !parents.has(name));
  const [only] = leaves;
  if (leaves.length === 1) {
    if (!only!.placed) return { tip: null, unplaced: only!.name };
    return depth(only!.name) > 0 ? { tip: only!.name, reason: null } : null;
  }
  // A finger that is not driven stands for the last link before it.
  const ends = leaves.map((leaf) => ({ leaf: leaf.name, end: lastPlaced(leaf, byName).name }));
  const most = Math.max(0, ...ends.map(({ end }) => depth(end)));
  const isFar = (name: string): boolean => depth(name) > 0 && depth(name) >= most - FINGER_JOINTS;
  const named = (isPlaced: boolean): string | null => {
    for (const pattern of TIP_NAMES) {
      const known = links.filter((link) => link.placed === isPlaced && pattern.test(link.name) && isFar(link.name));
      if (known.length === 1) return known[0]!.name;
    }
    return null;
  };
  const byPlace = named(true);
  if (byPlace !== null) return { tip: byPlace, reason: 'by its name' };
  const unplaced = named(false);
  if (unplaced !== null) return { tip: null, unplaced };
  const palm = lastCommon(ends.filter(({ end }) => isFar(end)).map(({ leaf }) => pathTo(leaf, byName)));
  if (palm === null || depth(palm) < Math.max(1, most / 2)) return null;
  return byName.get(palm)!.placed
    ? { tip: palm, reason: 'it carries all the last links' }
    : { tip: null, unplaced: palm };
}

/** The root where none is placed. */
function lastPlaced(leaf: TreeLink, byName: ReadonlyMap<string, TreeLink>): TreeLink {
  let link = leaf;
  while (!link.placed && link.parent !== null) link = byName.get(link.parent)!;
  return link;
}

function pathTo(name: string, byName: ReadonlyMap<string, TreeLink>): string[] {
  const path: string[] = [];
  for (let link = byName.get(name); link !== undefined; link = byName.get(link.parent ?? '')) path.unshift(link.name);
  return path;
}

function lastCommon(paths: readonly (readonly string[])[]): string | null {
  const [first = []] = paths;
  const length = first.findIndex((name, i) => paths.some((path) => path[i] !== name));
  return first[(length < 0 ? first.length : length) - 1] ?? null;
}
