#!/usr/bin/env python3
"""A MuJoCo model as a simulator for softqd, with the mujoco package (pip install mujoco).

    npx softqd pretrain --robot arm2 --task reach --steps 25000 --seed 1 --out arm2.safetensors \
        --simulator "python3 examples/simulators/mujoco_model.py config/robots/arm2/model.xml --site fingertip"

The joints are those of the model's actuators; their names must be those of the robot file. --site NAME adds a sensor with the position of a site.
"""

import argparse
import os
import random

import mujoco
import numpy

from softqd_simulator import Simulator, serve


class MujocoModel(Simulator):
    def __init__(self, robot, file, sites):
        self.model = mujoco.MjModel.from_xml_path(file)
        self.data = mujoco.MjData(self.model)
        self.robot = robot
        self.physics_step_s = self.model.opt.timestep
        joints = [self.model.joint(self.model.actuator(i).trnid[0]) for i in range(self.model.nu)]
        self.joints = [joint.name for joint in joints]
        self.qpos_at = [joint.qposadr[0] for joint in joints]
        self.dof_at = [joint.dofadr[0] for joint in joints]
        self.sites = [(name, self.model.site(name).id) for name in sites]
        self.sensors = [(name, 3, "m") for name in sites]

    def reset(self, qpos, qvel):
        if len(qpos) != self.model.nq or len(qvel) != self.model.nv:
            raise ValueError(f"qpos must have {self.model.nq} numbers, qvel {self.model.nv}")
        mujoco.mj_resetData(self.model, self.data)
        self.data.qpos[:], self.data.qvel[:] = qpos, qvel
        mujoco.mj_forward(self.model, self.data)

    def reset_by_seed(self, seed):
        generator = random.Random(seed)
        noise = [generator.uniform(-0.1, 0.1) for _ in range(self.model.nq + self.model.nv)]
        qpos0 = self.model.qpos0 + noise[: self.model.nq]
        self.reset(qpos0.tolist(), noise[self.model.nq :])

    def step(self, targets):
        self.data.ctrl[:] = targets
        mujoco.mj_step(self.model, self.data)

    def reading(self):
        data = self.data
        sensors = {name: data.site_xpos[site].tolist() for name, site in self.sites}
        return (
            data.qpos[self.qpos_at].tolist(),
            data.qvel[self.dof_at].tolist(),
            data.qfrc_actuator[self.dof_at].tolist(),
            sensors,
        )

    def save(self):
        """The integration state, and what mj_step computed before it moved: the readings contain that."""
        kind = mujoco.mjtState.mjSTATE_INTEGRATION
        state = numpy.zeros(mujoco.mj_stateSize(self.model, kind))
        mujoco.mj_getState(self.model, self.data, state, kind)
        return numpy.concatenate([state, self.data.site_xpos.ravel(), self.data.qfrc_actuator]).tobytes()

    def load(self, state):
        kind = mujoco.mjtState.mjSTATE_INTEGRATION
        sizes = [mujoco.mj_stateSize(self.model, kind), self.data.site_xpos.size, self.model.nv]
        if len(state) != 8 * sum(sizes):
            raise ValueError(f"{len(state)} bytes instead of {8 * sum(sizes)}")
        integration, sites, efforts = numpy.split(numpy.frombuffer(state), numpy.cumsum(sizes)[:-1])
        mujoco.mj_setState(self.model, self.data, integration, kind)
        self.data.site_xpos[:] = sites.reshape(-1, 3)
        self.data.qfrc_actuator[:] = efforts


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", help="an MJCF file")
    options.add_argument("--robot", help="its name (default: what softqd asks for, else the name of the model's folder)")
    options.add_argument("--site", action="append", default=[], help="a site whose position is a sensor; may be repeated")
    given, _ = options.parse_known_args()
    folder = os.path.basename(os.path.dirname(os.path.abspath(given.model)))
    name = given.robot or os.environ.get("SOFTQD_SIMULATOR_ROBOT") or folder
    serve(MujocoModel(name, given.model, given.site), options)
