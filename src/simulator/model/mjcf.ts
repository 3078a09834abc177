import path from 'node:path';
import { SoftqdError } from '../../base/errors.ts';
import { decodeXml, parseXml, type XmlElement } from '../../robot/xml/index.ts';
import type { BoundedFiles } from './bounded-files.ts';

const MAX_INCLUDES = 256;
/** Elements of an MJCF that name files, and the folder in which those are. */
const FILE_ELEMENTS: Readonly<Record<string, 'meshdir' | 'texturedir'>> = {
  mesh: 'meshdir',
  skin: 'meshdir',
  flexcomp: 'meshdir',
  hfield: 'meshdir',
  texture: 'texturedir',
};
const FILE_ATTRIBUTE = /^file(right|left|up|down|front|back)?$/;

/** An MJCF with its includes in place of the elements that name them. */
export interface Mjcf {
  readonly root: XmlElement;
  readonly hasIncludes: boolean;
}

/** A file that an MJCF names. */
export interface MjcfAsset {
  readonly element: XmlElement;
  readonly attribute: string;
  readonly file: string;
}

/** Reads an MJCF and what it includes; includes are relative to the file that names them, or to the first. Throws E_ROBOT_FILE. */
export function readMjcf(file: string, files: BoundedFiles): Mjcf {
  let includes = 0;
  const seen = new Set<string>();
  const parse = (name: string, place: string): XmlElement => {
    const shown = path.relative(path.dirname(file), name);
    return parseXml(decodeXml(files.bytes(name, place), shown), shown);
  };
  const expand = (element: XmlElement, folder: string): XmlElement => ({
    ...element,
    children: element.children.flatMap((child) => {
      if (child.name !== 'include') return [expand(child, folder)];
      const place = `${child.file}:${child.line}`;
      const named = child.attributes['file'] ?? '';
      const target = included(named, [folder, path.dirname(file)], files, place);
      includes += 1;
      if (seen.has(target) || includes > MAX_INCLUDES) throw refused(child, `includes ${named} twice or too deep`);
      seen.add(target);
      return expand(parse(target, place), path.dirname(target)).children;
    }),
  });
  const first = parse(file, path.basename(file));
  if (first.name !== 'mujoco') throw refused(first, 'is not MJCF: its outermost element is <mujoco>');
  const root = expand(first, path.dirname(file));
  return { root, hasIncludes: includes > 0 };
}

function included(named: string, folders: readonly string[], files: BoundedFiles, place: string): string {
  let problem: unknown;
  for (const folder of folders) {
    const target = path.resolve(folder, named);
    try {
      files.bytes(target, place);
      return target;
    } catch (error) {
      problem ??= error;
    }
  }
  throw problem;
}

/** Every file that the elements of an MJCF name, with its path. Throws E_ROBOT_FILE for a model that includes whole models by file. */
export function assetsOf({ root }: Mjcf, folder: string): readonly MjcfAsset[] {
  const compiler: Record<string, string> = {};
  for (const child of root.children) if (child.name === 'compiler') Object.assign(compiler, child.attributes);
  const strips = compiler['strippath'] === 'true';
  const directories = {
    meshdir: compiler['meshdir'] ?? compiler['assetdir'] ?? '',
    texturedir: compiler['texturedir'] ?? compiler['assetdir'] ?? '',
  };
  const assets: MjcfAsset[] = [];
  const visit = (element: XmlElement): void => {
    if (element.name === 'model' && element.attributes['file'] !== undefined)
      throw refused(element, 'attaches a whole model, which is not supported: use <include>');
    const directory = FILE_ELEMENTS[element.name];
    if (directory !== undefined) {
      for (const [attribute, value] of Object.entries(element.attributes)) {
        if (!FILE_ATTRIBUTE.test(attribute)) continue;
        const file = path.resolve(folder, directories[directory], strips ? path.basename(value) : value);
        assets.push({ element, attribute, file });
      }
    }
    for (const child of element.children) visit(child);
  };
  visit(root);
  return assets;
}

function refused({ name, file, line }: XmlElement, what: string): SoftqdError {
  return new SoftqdError('E_ROBOT_FILE', `${file}:${line}: <${name}> ${what}`, {
    hint: 'Correct the MJCF file.',
    values: { file, line },
  });
}
