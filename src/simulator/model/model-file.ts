import path from 'node:path';
import type { RobotSpec, WorldSpec } from '../../robot/robot-spec.ts';
import { SoftqdError } from '../../base/errors.ts';
import { decodeXml, xmlPlaces, xmlText, type XmlElement } from '../../robot/xml/index.ts';
import { BoundedFiles } from './bounded-files.ts';
import { assetsOf, readMjcf, type Mjcf } from './mjcf.ts';

export type MujocoWorldSpec = Extract<WorldSpec, { type: 'mujoco' }>;

/** A model and the files that it names, by the names in its text. */
export interface ModelSource {
  readonly xml: string;
  readonly assets: ReadonlyMap<string, Uint8Array>;
  /** FILE:LINE of each line of the text where it was written by us, for messages. */
  readonly places?: readonly string[];
}

/** Where the assets of a flattened model are. */
export const ASSETS = 'assets';

/**
 * The model of a robot, in the directory of its robot.json5, with the includes and meshes beside it. Throws E_ROBOT_FILE, naming file and
 * line, for what cannot be read and for files outside that directory.
 */
export function readModelFile(robot: RobotSpec, { modelFile }: MujocoWorldSpec, robotDirectory: string): ModelSource {
  const file = path.join(robotDirectory, modelFile);
  try {
    const files = new BoundedFiles([robotDirectory]);
    const mjcf = readMjcf(file, files);
    const assets = assetsOf(mjcf, robotDirectory);
    if (!mjcf.hasIncludes && assets.length === 0)
      return { xml: decodeXml(files.bytes(file, modelFile), modelFile), assets: new Map() };
    return flattened(mjcf, robotDirectory, files);
  } catch (error) {
    if (!(error instanceof SoftqdError)) throw cannotRead(robot, file, error);
    throw new SoftqdError('E_ROBOT_FILE', `${robot.name}: cannot read the model: ${error.message}`, {
      cause: error,
      hint: error.hint,
      values: { ...error.values, file },
    });
  }
}

function cannotRead(robot: RobotSpec, file: string, cause: unknown): SoftqdError {
  return new SoftqdError('E_ROBOT_FILE', `${robot.name}: cannot read the model ${file}`, { cause, values: { file } });
}

/** A model in one text, its files under new names in one folder. */
function flattened(mjcf: Mjcf, folder: string, files: BoundedFiles): ModelSource {
  const { root, assets } = flattenedTree(mjcf, folder, files);
  return { xml: xmlText(root), assets, places: xmlPlaces(root) };
}

/** As `flattened`, with the model as elements. */
export function flattenedTree(
  mjcf: Mjcf,
  folder: string,
  files: BoundedFiles,
): { readonly root: XmlElement; readonly assets: ReadonlyMap<string, Uint8Array> } {
  const names = new Map<string, string>();
  const assets = new Map<string, Uint8Array>();
  const renamed = new Map<XmlElement, Record<string, string>>();
  for (const { element, attribute, file } of assetsOf(mjcf, folder)) {
    const name = names.get(file) ?? unusedName(path.basename(file), new Set(names.values()));
    if (!names.has(file)) {
      const shown = `${element.file}:${element.line}: <${element.name}>`;
      assets.set(`${ASSETS}/${name}`, files.bytes(file, shown));
    }
    names.set(file, name);
    renamed.set(element, { ...renamed.get(element), [attribute]: name });
  }
  const rewrite = (element: XmlElement): XmlElement => ({
    ...element,
    attributes: rewrittenAttributes(element, renamed.get(element)),
    children: element.children.map(rewrite),
  });
  const root = rewrite(mjcf.root);
  return {
    root: assets.size === 0 ? root : { ...root, children: [compiler(root), ...root.children] },
    assets,
  };
}

/** A mesh without a name has that of its file: it keeps it. */
function rewrittenAttributes(
  { name, attributes }: XmlElement,
  files: Record<string, string> | undefined,
): Record<string, string> {
  if (name === 'compiler') {
    return Object.fromEntries(
      Object.entries(attributes).filter(([key]) => !['meshdir', 'texturedir', 'assetdir', 'strippath'].includes(key)),
    );
  }
  if (files === undefined) return { ...attributes };
  const { file } = attributes;
  const isNamed = attributes['name'] !== undefined || file === undefined;
  return { ...(isNamed ? {} : { name: path.basename(file, path.extname(file)) }), ...attributes, ...files };
}

function compiler({ file, line }: XmlElement): XmlElement {
  return { name: 'compiler', attributes: { assetdir: ASSETS }, children: [], file, line };
}

function unusedName(wanted: string, taken: ReadonlySet<string>): string {
  const extension = path.extname(wanted);
  const stem = path.basename(wanted, extension).replace(/[^A-Za-z0-9_.-]/g, '_') || 'file';
  let name = `${stem}${extension}`;
  for (let n = 2; taken.has(name); n++) name = `${stem}-${n}${extension}`;
  return name;
}
