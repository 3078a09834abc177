import { servoGains, type ImportedRobot, type ServoGains } from '../../robot/import/index.ts';
import { importUrdf, readUrdf, urdfModel } from '../../robot/urdf/index.ts';
import { xmlText, type XmlElement } from '../../robot/xml/index.ts';
import { BoundedFiles } from '../model/bounded-files.ts';
import { jointLoads } from '../model/joint-loads.ts';
import { inspectModel } from '../model/load-model.ts';
import { MeshCapsules } from './mesh-capsules.ts';
import { packageFolders } from './package-folders.ts';
import type { ImportedFiles, ImportSource } from './types.ts';

const TIMESTEP_S = 0.002;

/** A robot and its MuJoCo model from a URDF. Throws as importUrdf, and E_ROBOT_FILE when MuJoCo refuses what was built. */
export async function importUrdfFile(root: XmlElement, source: ImportSource): Promise<ImportedFiles> {
  const urdf = readUrdf(root);
  const imported = importUrdf(urdf, source.tip ?? undefined);
  const folders = packageFolders(source.folder, source.packages);
  const meshes = new MeshCapsules(folders, new BoundedFiles(folders.roots));
  const options = { capsuleOfMesh: meshes.of, timestepS: TIMESTEP_S };
  const notes: string[] = [];
  const called = `the model of ${root.file}`;
  const bare = { xml: xmlText(urdfModel(urdf, imported, { ...options, servos: null }, notes)), assets: new Map() };
  const loads = await inspectModel(called, bare, jointLoads);
  const servos = new Map<string, ServoGains>(
    imported.joints.map((joint) => [joint.name, servoGains(joint, loads.get(joint.name)!, notes)]),
  );
  const model = urdfModel(urdf, imported, { ...options, servos }, []);
  const robot: ImportedRobot = { ...imported, notes: [...imported.notes, ...notes, ...meshes.notes()] };
  return { imported: robot, source: { xml: header(root.file) + xmlText(model), assets: new Map() } };
}

function header(file: string): string {
  const from = file.replaceAll('--', '- -');
  return [
    `<!-- Made from ${from} by softqd robot import.`,
    '     Masses, inertias, joints, ranges, damping and friction are those of the URDF; meshes are capsules around them; shapes touch the',
    '     surroundings only. Position servos: critically damped at the largest inertia of 101 poses, stiff enough for 30 rad/s and for a sag',
    '     of 0.02 rad (2 mm) under the largest load; armature: 5 % of that inertia; forcerange: the effort limit. -->',
    '',
  ].join('\n');
}
