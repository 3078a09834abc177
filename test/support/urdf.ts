import JSON5 from 'json5';
import { robotFileText, type SimulatedImport } from '../../src/robot/import/index.ts';
import { parseRobot } from '../../src/robot/parse-robot.ts';
import type { RobotSpec } from '../../src/robot/robot-spec.ts';
import { importUrdf, readUrdf, type UrdfRobot } from '../../src/robot/urdf/index.ts';
import { parseXml } from '../../src/robot/xml/index.ts';

/** A mast that turns, an arm that lifts, a slide behind a tilted flange, and two fingers of which one follows the other. */
export const LAMP = `<?xml version="1.0"?>
<!-- joints in no order -->
<robot name="lamp">
  <link name="base"/><link name="mast"/><link name="arm"/><link name="flange"/><link name="tool0"/>
  <link name="left"/><link name="right"/>
  <joint name="finger" type="prismatic">
    <parent link="tool0"/><child link="left"/><axis xyz="0 1 0"/>
    <limit lower="0" upper="0.04" velocity="0.1" effort="10"/>
  </joint>
  <joint name="other_finger" type="prismatic">
    <parent link="tool0"/><child link="right"/><mimic joint="finger"/>
    <limit lower="0" upper="0.04" velocity="0.1" effort="10"/>
  </joint>
  <joint name="turn" type="continuous">
    <origin xyz="0 0 0.1" rpy="0 0 1.5707963267948966"/>
    <parent link="base"/><child link="mast"/><axis xyz="0 0 2"/><limit velocity="2" effort="5"/>
  </joint>
  <joint name="lift" type="revolute">
    <origin xyz="0 0 0.2" rpy="0.3 0 0"/>
    <parent link="mast"/><child link="arm"/><axis xyz="0 1 0"/>
    <limit lower="-1" upper="1.5" velocity="2" effort="0"/>
  </joint>
  <joint name="bolt" type="fixed">
    <origin xyz="0.3 0 0" rpy="0 1.5707963267948966 0"/><parent link="arm"/><child link="flange"/>
  </joint>
  <joint name="out" type="prismatic">
    <origin xyz="0 0 0.05"/><parent link="flange"/><child link="tool0"/><axis xyz="0 0 1"/>
    <limit lower="0" upper="0.1" velocity="0.2" effort="20"/>
  </joint>
</robot>`;

const NAMES = { name: 'lamp', title: 'A lamp', source: 'lamp.urdf' };

export function readUrdfText(text: string, file = 'lamp.urdf'): UrdfRobot {
  return readUrdf(parseXml(text, file));
}

/** An imported URDF with a world that no test simulates. */
function simulated(urdf: string, tip?: string): SimulatedImport {
  const imported = importUrdf(readUrdfText(urdf), tip);
  return { ...imported, workspace: null, modelFile: 'model.xml', physicsStepS: 0.002, controlPeriodS: 0.02 };
}

export function fileText(urdf: string, tip?: string): string {
  return robotFileText(simulated(urdf, tip), NAMES);
}

/** The robot that comes out when what is imported is written and read again. */
export function importedUrdf(urdf: string, tip?: string): RobotSpec {
  return parseRobot(JSON5.parse<{ robot: unknown }>(fileText(urdf, tip)).robot, 'robot.json5');
}
