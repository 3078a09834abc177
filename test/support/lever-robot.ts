import type { RobotSpec } from '../../src/robot/robot-spec.ts';

/** Two levers side by side, each falling over from where it is: 0.49 N m of gravity at 0 on the first, next to nothing on the second. */
export const LEVER_MODEL = `
<mujoco model="levers">
  <compiler angle="radian"/>
  <option timestep="0.002" integrator="implicitfast"><flag contact="disable"/></option>
  <worldbody>
    <body name="a">
      <joint name="a" type="hinge" axis="0 1 0" damping="0.2" armature="0.02" frictionloss="0.001"/>
      <geom type="sphere" size="0.01" pos="0.25 0 0" mass="0.2"/>
    </body>
    <body name="b" pos="0 1 0">
      <joint name="b" type="hinge" axis="0 1 0" damping="0.2" armature="0.02"/>
      <geom type="sphere" size="0.01" pos="0 0 0" mass="0.01"/>
    </body>
  </worldbody>
  <actuator>
    <position name="a" joint="a" kp="8" kv="0.5" forcerange="-2 2"/>
    <position name="b" joint="b" kp="16" kv="0.4" forcerange="-3 3"/>
  </actuator>
</mujoco>`;

/** A robot for tests: two Feetech servos (IDs 1 and 2); the second counts backward and turns twice per turn of its joint. */
export function leverRobot({ model = true } = {}): RobotSpec {
  const joint = (name: string, low: number) =>
    ({
      name,
      kind: 'revolute',
      commandMode: 'position',
      limits: { minPositionRadOrM: low, maxPositionRadOrM: 1.5, maxVelocityRadOrMPerS: 5, maxEffortNmOrN: 1 },
      stopMode: 'hold',
    }) as const;
  const registers = { positionGainP: 16, positionGainD: 32 };
  return {
    name: 'levers',
    title: 'Two levers',
    kind: 'hardware',
    joints: [joint('a', -1.5), joint('b', -0.5)],
    sensors: [],
    controlPeriodS: 0.02,
    readingMaxAgeS: 0.06,
    ...(model ? { world: { type: 'mujoco', modelFile: 'model.xml', physicsStepS: 0.002 } } : {}),
    servoBus: {
      protocol: 'feetech',
      baudRate: 1_000_000,
      servos: [
        { id: 1, modelNumber: 777, direction: 1, travelPerTurnRadOrM: 2 * Math.PI, registers },
        { id: 2, modelNumber: 777, direction: -1, travelPerTurnRadOrM: Math.PI, registers },
      ],
    },
  };
}
