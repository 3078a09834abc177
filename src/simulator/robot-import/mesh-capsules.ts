import { SoftqdError } from '../../base/errors.ts';
import { boundingCapsule, meshPoints, type Capsule } from '../../robot/shapes/index.ts';
import type { UrdfShape } from '../../robot/urdf/index.ts';
import type { BoundedFiles } from '../model/bounded-files.ts';
import type { PackageFolders } from './package-folders.ts';

const MAX_NOTES = 8;

/** What is wrong with one or several meshes, by the first of them. */
interface Problem {
  readonly first: string;
  readonly hint: string;
  count: number;
}

/** Capsules around collision meshes, each read once; those that cannot be read are noted and have none. */
export class MeshCapsules {
  private readonly folders: PackageFolders;
  private readonly files: BoundedFiles;
  private readonly capsules = new Map<string, Capsule | null>();
  private readonly problems = new Map<string, Problem>();

  constructor(folders: PackageFolders, files: BoundedFiles) {
    this.folders = folders;
    this.files = files;
  }

  /** In the frame of the shape; null: no such mesh. */
  readonly of = ({ geometry, at }: UrdfShape): Capsule | null => {
    if (geometry.kind !== 'mesh') return null;
    const key = `${geometry.file} ${geometry.scale.join(' ')}`;
    let capsule = this.capsules.get(key);
    if (capsule === undefined) {
      capsule = this.read(geometry.file, geometry.scale, at);
      this.capsules.set(key, capsule);
    }
    return capsule;
  };

  notes(): readonly string[] {
    const notes = [...this.problems.values()].map(({ first, hint, count }) => {
      const more = count === 1 ? '' : `, and ${count - 1} more alike`;
      return `${first}${more}: left out. ${hint}`;
    });
    const unnamed = notes.length - MAX_NOTES;
    return [
      ...notes.slice(0, MAX_NOTES),
      ...(unnamed > 0 ? [`${unnamed} more kinds of meshes could not be read`] : []),
    ];
  }

  private read(file: string, scale: readonly number[], place: string): Capsule | null {
    try {
      const points = meshPoints(this.files.bytes(this.folders.resolve(file, place), place), file);
      if (points !== null) return boundingCapsule(points.map((value, i) => value * scale[i % 3]!));
      this.add('format', `${place}: ${file} is neither STL nor OBJ`, 'Convert it, or add capsules by hand.');
    } catch (error) {
      if (!(error instanceof SoftqdError)) throw error;
      this.add(`${String(error.values['package'])} ${error.hint}`, error.message, error.hint);
    }
    return null;
  }

  private add(kind: string, first: string, hint: string): void {
    const known = this.problems.get(kind);
    if (known === undefined) this.problems.set(kind, { first, hint, count: 1 });
    else known.count += 1;
  }
}
