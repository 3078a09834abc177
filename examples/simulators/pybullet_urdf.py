#!/usr/bin/env python3
"""A URDF in PyBullet as a simulator for softqd (pip install pybullet numpy).

Import the same URDF once, then train:

    npx softqd robot import arm.urdf --name bullet-arm --out bullet-arm
    npx softqd pretrain --robot ./bullet-arm --task reach --steps 25000 --seed 1 --out bullet-arm.safetensors \
        --simulator "python3 examples/simulators/pybullet_urdf.py arm.urdf"

The joints are the movable ones of the URDF, without those that mimic another; each follows its target with PyBullet's position controller and
the effort and velocity limits of the URDF. PyBullet cannot save its whole state: a resumed run repeats the open episode.
"""

import argparse
import os
import random
import xml.etree.ElementTree

import pybullet

from softqd_simulator import Simulator, serve

EFFORT_WITHOUT_LIMIT = 100.0  # N m or N


class PybulletUrdf(Simulator):
    physics_step_s = 0.002

    def __init__(self, robot, file, gain):
        self.robot = robot
        self.file = file
        self.gain = gain
        pybullet.connect(pybullet.DIRECT)
        mimics = {joint.get("name") for joint in xml.etree.ElementTree.parse(file).iter("joint") if joint.find("mimic") is not None}
        self.load()
        infos = [pybullet.getJointInfo(self.body, i) for i in range(pybullet.getNumJoints(self.body))]
        movable = [info for info in infos if info[2] in (pybullet.JOINT_REVOLUTE, pybullet.JOINT_PRISMATIC)]
        driven = [info for info in movable if info[1].decode() not in mimics]
        self.joints = [info[1].decode() for info in driven]
        self.at = [info[0] for info in driven]
        self.efforts = [info[10] if info[10] > 0 else EFFORT_WITHOUT_LIMIT for info in driven]
        self.speeds = [info[11] if info[11] > 0 else 100.0 for info in driven]
        self.ranges = [(info[8], info[9]) if info[8] < info[9] else (-3.14, 3.14) for info in driven]
        self.reset_by_seed(0)

    def load(self):
        """A new world: PyBullet's solver remembers the last one's contacts."""
        pybullet.resetSimulation()
        pybullet.setGravity(0, 0, -9.81)
        pybullet.setTimeStep(self.physics_step_s)
        self.body = pybullet.loadURDF(self.file, useFixedBase=True, flags=pybullet.URDF_USE_INERTIA_FROM_FILE)

    def reset(self, qpos, qvel):
        if len(qpos) != len(self.at) or len(qvel) != len(self.at):
            raise ValueError(f"qpos and qvel must have {len(self.at)} numbers, one per joint")
        self.load()
        for joint, position, velocity in zip(self.at, qpos, qvel):
            pybullet.resetJointState(self.body, joint, position, velocity)
        self.drive(list(qpos))

    def reset_by_seed(self, seed):
        generator = random.Random(seed)
        middle = [(low + high) / 2 + 0.1 * (high - low) * generator.uniform(-1, 1) for low, high in self.ranges]
        self.reset(middle, [0.0] * len(middle))

    def drive(self, targets):
        for joint, target, effort, speed in zip(self.at, targets, self.efforts, self.speeds):
            pybullet.setJointMotorControl2(
                self.body, joint, pybullet.POSITION_CONTROL, target, force=effort, maxVelocity=speed, positionGain=self.gain
            )

    def step(self, targets):
        self.drive(targets)
        pybullet.stepSimulation()

    def reading(self):
        states = pybullet.getJointStates(self.body, self.at)
        return [state[0] for state in states], [state[1] for state in states], [state[3] for state in states], {}


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("urdf")
    options.add_argument("--robot", help="its name (default: what softqd asks for, else the name of the file)")
    options.add_argument("--gain", type=float, default=0.1, help="of the position controller, per physics step of 2 ms")
    given, _ = options.parse_known_args()
    name = given.robot or os.environ.get("SOFTQD_SIMULATOR_ROBOT") or os.path.splitext(os.path.basename(given.urdf))[0]
    serve(PybulletUrdf(name, given.urdf, given.gain), options)
