/** A binary STL: a box of these half sizes (m). */
export function boxStl(x: number, y: number, z: number): Uint8Array {
  const corner = (i: number): number[] => [i & 1 ? x : -x, i & 2 ? y : -y, i & 4 ? z : -z];
  const faces = [
    [0, 2, 3], [0, 3, 1], [4, 5, 7], [4, 7, 6], [0, 1, 5], [0, 5, 4],
    [2, 6, 7], [2, 7, 3], [0, 4, 6], [0, 6, 2], [1, 3, 7], [1, 7, 5],
  ]; // prettier-ignore
  const bytes = new Uint8Array(84 + 50 * faces.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(80, faces.length, true);
  faces.forEach((face, f) => {
    face.flatMap(corner).forEach((value, k) => view.setFloat32(84 + 50 * f + 12 + 4 * k, value, true));
  });
  return bytes;
}

const link = (name: string, massKg: number, collision = ''): string => `
  <link name="${name}">
    <inertial><origin xyz="0.1 0 0" rpy="0 0 0.5"/><mass value="${massKg}"/>
      <inertia ixx="0.001" iyy="0.004" izz="0.0045" ixy="0.0001" ixz="0" iyz="0"/></inertial>${collision}
  </link>`;
const shape = (geometry: string): string =>
  `<collision><origin xyz="0.1 0 0"/><geometry>${geometry}</geometry></collision>`;

/** An arm of three joints that turn about z, y and y, with a gripper of two fingers of which one follows the other. */
export const ARM_URDF = `<?xml version="1.0"?>
<robot name="arm">
  ${link('world', 3, '<collision><geometry><cylinder radius="0.06" length="0.1"/></geometry></collision>')}
  ${link('upper', 1, shape('<box size="0.2 0.04 0.04"/>'))}
  ${link('fore', 0.6, shape('<mesh filename="package://arm_parts/meshes/fore.stl" scale="0.001 0.001 0.001"/>'))}
  ${link('hand', 0.3, '<collision><geometry><sphere radius="0.03"/></geometry></collision>')}
  <link name="tool0"/>
  <link name="left"/><link name="right"/>
  <joint name="pan" type="revolute"><origin xyz="0 0 0.1"/><parent link="world"/><child link="upper"/>
    <axis xyz="0 0 1"/><limit lower="-2" upper="2" velocity="3" effort="20"/></joint>
  <joint name="lift" type="revolute"><origin xyz="0.2 0 0" rpy="0.1 0 0.2"/><parent link="upper"/><child link="fore"/>
    <axis xyz="0 1 0"/><limit lower="-1.5" upper="1.5" velocity="3" effort="20"/><dynamics damping="0.1" friction="0.02"/></joint>
  <joint name="tilt" type="continuous"><origin xyz="0.2 0 0" rpy="0 0.3 0"/><parent link="fore"/><child link="hand"/>
    <axis xyz="0 1 0"/><limit velocity="3" effort="0.01"/></joint>
  <joint name="mount" type="fixed"><origin xyz="0.05 0 0.01"/><parent link="hand"/><child link="tool0"/></joint>
  <joint name="open" type="prismatic"><parent link="hand"/><child link="left"/>
    <axis xyz="0 1 0"/><limit lower="0" upper="0.04" velocity="0.1" effort="10"/></joint>
  <joint name="follow" type="prismatic"><parent link="hand"/><child link="right"/>
    <axis xyz="0 1 0"/><mimic joint="open" multiplier="-1"/><limit lower="-0.04" upper="0"/></joint>
</robot>`;

/** A planar arm in MJCF with an include, a mesh, degrees, a motor with a gear, and a servo on a tendon. */
export const ARM_MJCF: Readonly<Record<string, string | Uint8Array>> = {
  'arm.xml': `<mujoco model="planar">
  <compiler meshdir="meshes" autolimits="true"/>
  <option timestep="0.004"/>
  <include file="defaults.xml"/>
  <asset>
    <texture name="wood" type="2d" file="wood.png"/><material name="wood" texture="wood"/>
    <mesh file="part.stl"/>
    <mesh name="drawn" file="../drawn/part.stl"/>
  </asset>
  <worldbody>
    <geom type="plane" size="1 1 0.1"/>
    <body name="upper" pos="0 0 0.3">
      <joint name="shoulder" axis="0 1 0" range="-90 90"/>
      <inertial pos="0.1 0 0" mass="1" diaginertia="0.001 0.004 0.004"/>
      <geom type="mesh" mesh="part" pos="0.1 0 0"/>
      <geom type="mesh" mesh="drawn" contype="0" conaffinity="0"/>
      <body name="fore" pos="0.2 0 0" euler="0 20 0">
        <joint axis="0 1 0" pos="0.01 0 0" range="-100 100" ref="10"/>
        <inertial pos="0.1 0 0" mass="0.5" diaginertia="0.0005 0.002 0.002"/>
        <geom type="capsule" fromto="0 0 0 0.2 0 0" size="0.02"/>
        <site name="tool_tcp" pos="0.2 0 0"/>
        <body name="finger" pos="0.2 0 0">
          <joint name="grip" type="slide" axis="0 1 0" range="0 0.03"/>
          <geom type="sphere" size="0.01" mass="0.05"/>
        </body>
      </body>
    </body>
  </worldbody>
  <tendon><fixed name="pull"><joint joint="grip" coef="1"/></fixed></tendon>
  <actuator>
    <position name="shoulder" joint="shoulder" kp="80" kv="4" forcerange="-30 30" ctrlrange="-1 1"/>
    <general name="elbow" joint="fore_joint" gear="2" gainprm="10" biastype="affine" biasprm="0 -10 -0.1" forcerange="-5 5"/>
    <position name="gripper" tendon="pull" kp="5"/>
  </actuator>
  <sensor><jointpos joint="shoulder"/><actuatorfrc actuator="gripper"/></sensor>
  <keyframe><key qpos="0 0 0" ctrl="0 0 0"/></keyframe>
</mujoco>`,
  'defaults.xml': '<mujocoinclude><default><joint damping="0.2"/><geom friction="0.9"/></default></mujocoinclude>',
  'wood.png': 'never read',
  'meshes/part.stl': boxStl(0.1, 0.02, 0.02),
  'drawn/part.stl': boxStl(0.1, 0.03, 0.03),
};
