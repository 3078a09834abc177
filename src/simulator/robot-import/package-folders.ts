import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { SoftqdError } from '../../base/errors.ts';

const MAX_PACKAGE_FILE_BYTES = 1_048_576;
const PACKAGE_NAME = /<name>\s*([\w-]+)\s*<\/name>/;

/** Where the files that a robot description names are looked for. */
export interface PackageFolders {
  /** Folders that may be read: that of the file, the package that contains it, and the named ones. */
  readonly roots: readonly string[];
  /** The path of what a file names: relative, `file://`, `package://NAME/…` or `model://NAME/…`. Throws E_ROBOT_FILE for an unknown package. */
  resolve(named: string, place: string): string;
}

/**
 * Packages for the file in `folder`: the named ones (`--package NAME=DIR`), folders of that name beside the file, and the package that
 * contains it, by its package.xml.
 */
export function packageFolders(folder: string, packages: ReadonlyMap<string, string>): PackageFolders {
  const own = enclosingPackage(folder);
  const roots = [folder, ...(own === null ? [] : [own.directory]), ...packages.values()];
  const directoryOf = (name: string, place: string): string => {
    const named = packages.get(name);
    if (named !== undefined) return named;
    const beside = path.join(folder, name);
    if (path.dirname(beside) === folder && existsSync(beside)) return beside;
    if (own?.name === name) return own.directory;
    throw new SoftqdError('E_ROBOT_FILE', `${place}: package ${name} is not beside the file`, {
      hint: `Pass --package ${name}=DIR.`,
      values: { package: name },
    });
  };
  return {
    roots,
    resolve(named, place) {
      const uri = /^(package|model):\/\/([^/]+)\/?(.*)$/.exec(named);
      if (uri !== null) return path.join(directoryOf(uri[2]!, place), uri[3]!);
      return path.resolve(folder, named.replace(/^file:\/\//, ''));
    },
  };
}

function enclosingPackage(folder: string): { readonly name: string; readonly directory: string } | null {
  for (let directory = folder; ; directory = path.dirname(directory)) {
    const file = path.join(directory, 'package.xml');
    const status = statSync(file, { throwIfNoEntry: false });
    if (status?.isFile() === true && status.size <= MAX_PACKAGE_FILE_BYTES) {
      const name = PACKAGE_NAME.exec(readFileSync(file, 'utf8'))?.[1];
      return name === undefined ? null : { name, directory };
    }
    if (path.dirname(directory) === directory) return null;
  }
}
