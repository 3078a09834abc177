import { importModel } from '../../robot/import/index.ts';
import { xmlPlaces, xmlText, type XmlElement, type XmlNode } from '../../robot/xml/index.ts';
import { BoundedFiles } from '../model/bounded-files.ts';
import { describeModel } from '../model/describe-model.ts';
import { jointLoads } from '../model/joint-loads.ts';
import { inspectModel } from '../model/load-model.ts';
import { readMjcf } from '../model/mjcf.ts';
import { ASSETS, flattenedTree } from '../model/model-file.ts';
import { withActuators } from './mjcf-actuators.ts';
import type { ImportedFiles, ImportSource } from './types.ts';
import { nameGeoms, withoutGeoms, withoutTextures } from './visuals.ts';

/**
 * A robot from an MJCF: its includes in one file, the meshes that touch something beside it, its actuators in the units of their joints. Throws
 * E_ROBOT_FILE when a file is missing or MuJoCo refuses the model, and as importModel.
 */
export async function importMjcfFile(source: ImportSource): Promise<ImportedFiles> {
  const files = new BoundedFiles([source.folder, ...source.packages.values()]);
  const mjcf = readMjcf(source.file, files);
  const notes: string[] = [];
  const prepared = withoutTextures(nameGeoms(nameJoints(mjcf.root, notes)));
  const { root, assets } = flattenedTree({ ...mjcf, root: prepared }, source.folder, files);
  const called = mjcf.root.file;
  const original = { xml: xmlText(root), assets, places: xmlPlaces(root) };
  const { imported, loads, drawn } = await inspectModel(called, original, (loaded) => {
    const description = describeModel(loaded);
    const model = importModel(description, called, source.tip ?? undefined);
    return {
      imported: model,
      loads: model.servosNeeded ? jointLoads(loaded) : null,
      drawn: new Set(description.drawnMeshes),
    };
  });
  if (usesDegrees(root)) notes.push('angles are degrees in the MJCF, radians in the robot file');
  const driven = withActuators(withoutGeoms(root, drawn), { imported, loads, notes });
  const kept = new Set(filesIn(driven));
  return {
    imported: { ...imported, notes: [...imported.notes, ...notes] },
    source: { xml: xmlText(driven), assets: new Map([...assets].filter(([name]) => kept.has(name))) },
  };
}

/** A robot file names joints: one without a name gets that of its body. */
function nameJoints(root: XmlElement, notes: string[]): XmlElement {
  const taken = new Set<string>();
  const collect = (element: XmlElement): void => {
    if (element.name === 'joint' && element.attributes['name'] !== undefined) taken.add(element.attributes['name']);
    element.children.forEach(collect);
  };
  collect(root);
  const name = (element: XmlElement, body: string): XmlElement => {
    const own = element.name === 'body' ? (element.attributes['name'] ?? body) : body;
    const children = element.children.map((child) => name(child, own));
    const isUnnamed = element.name === 'joint' && element.attributes['name'] === undefined;
    if (!isUnnamed || element.attributes['type'] === 'free') return { ...element, children };
    let given = `${own}_joint`;
    for (let n = 2; taken.has(given); n++) given = `${own}_joint_${n}`;
    taken.add(given);
    notes.push(`${element.file}:${element.line}: a joint without a name is called ${given}`);
    return { ...element, attributes: { name: given, ...element.attributes }, children };
  };
  return {
    ...root,
    children: root.children.map((child) => (child.name === 'worldbody' ? name(child, 'world') : child)),
  };
}

function filesIn({ attributes, children }: XmlNode): string[] {
  const named = Object.entries(attributes).flatMap(([key, value]) =>
    key.startsWith('file') ? [`${ASSETS}/${value}`] : [],
  );
  return [...named, ...children.flatMap(filesIn)];
}

function usesDegrees(root: XmlElement): boolean {
  const angle = root.children.filter(({ name }) => name === 'compiler').map(({ attributes }) => attributes['angle']);
  const ranged = (element: XmlElement): boolean =>
    (element.name === 'joint' && element.attributes['range'] !== undefined) || element.children.some(ranged);
  return !angle.includes('radian') && ranged(root);
}
