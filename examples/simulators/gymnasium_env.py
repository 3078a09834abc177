#!/usr/bin/env python3
"""Any Gymnasium environment with continuous actions as a simulator for softqd (pip install gymnasium, and what the environment needs).

Write its robot folder once, then train; observation, reward and end of the episode come from the environment (task kind external):

    python3 examples/simulators/gymnasium_env.py MountainCarContinuous-v0 --write-robot mountain-car
    npx softqd pretrain --robot ./mountain-car --task external --steps 50000 --seed 1 --out car.safetensors \
        --simulator "python3 examples/simulators/gymnasium_env.py MountainCarContinuous-v0"

Each element of the action is a joint with targets from -1 to 1, which are scaled to the environment's range. Gymnasium cannot restore a state:
episodes begin by seed. The time limit of an episode is the task's horizon.
"""

import argparse
import json
import os
import pathlib
import re

import gymnasium
import numpy

from softqd_simulator import Simulator, serve


class GymnasiumEnv(Simulator):
    def __init__(self, robot, name):
        self.env = gymnasium.make(name, max_episode_steps=-1)
        self.horizon = gymnasium.spec(name).max_episode_steps or 1000
        space = self.env.action_space
        if not isinstance(space, gymnasium.spaces.Box) or not numpy.isfinite([space.low, space.high]).all():
            raise SystemExit(f"{name}: the action space must be a bounded Box, is {space}")
        self.robot = robot
        self.low, self.high = space.low.ravel(), space.high.ravel()
        self.joints = [f"action_{i}" for i in range(space.low.size)]
        size = gymnasium.spaces.flatdim(self.env.observation_space)
        self.sensors = [("observation", size, "1"), ("reward", 1, "1"), ("terminated", 1, "1")]
        frames_per_s = self.env.metadata.get("render_fps") or 50
        self.physics_step_s = float(getattr(self.env.unwrapped, "dt", None) or 1 / frames_per_s)
        self.targets = [0.0] * len(self.joints)
        self.reset_by_seed(0)

    def observed(self, observation, reward, terminated):
        flat = gymnasium.spaces.flatten(self.env.observation_space, observation)
        self.values = {
            "observation": [float(value) for value in flat],
            "reward": [float(reward)],
            "terminated": [float(terminated)],
        }

    def reset_by_seed(self, seed):
        observation, _ = self.env.reset(seed=seed)
        self.observed(observation, 0.0, False)

    def step(self, targets):
        self.targets = [min(1.0, max(-1.0, target)) for target in targets]
        action = self.low + (numpy.array(self.targets) + 1) / 2 * (self.high - self.low)
        space = self.env.action_space
        observation, reward, terminated, _, _ = self.env.step(action.reshape(space.shape).astype(space.dtype))
        self.observed(observation, reward, terminated)

    def reading(self):
        zeros = [0.0] * len(self.joints)
        return zeros, zeros, self.targets, self.values

    def write_robot(self, folder):
        joint = {"kind": "revolute", "commandMode": "effort", "limits": {"maxEffortNmOrN": 1}, "stopMode": "torque-off"}
        robot = {
            "name": self.robot,
            "title": f"{self.env.spec.id} of Gymnasium",
            "kind": "simulated",
            "joints": [{"name": name, **joint} for name in self.joints],
            "sensors": [{"name": name, "size": size, "unit": unit} for name, size, unit in self.sensors],
            "controlPeriodS": self.physics_step_s,
            "readingMaxAgeS": max(0.1, 3 * self.physics_step_s),
        }
        task = {"kind": "external", "discount": 0.99, "horizon": self.horizon}
        (folder / "tasks").mkdir(parents=True, exist_ok=True)
        (folder / "robot.json5").write_text(json.dumps({"robot": robot}, indent=2) + "\n", encoding="utf-8")
        (folder / "tasks" / "external.json5").write_text(json.dumps(task, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("env", help="the id of the environment, e.g. Pendulum-v1")
    options.add_argument("--write-robot", type=pathlib.Path, help="write robot.json5 and tasks/external.json5 into this folder, and exit")
    given, _ = options.parse_known_args()
    name = re.sub("[^a-z0-9]+", "-", given.env.lower())
    if given.write_robot:
        GymnasiumEnv(given.write_robot.name, given.env).write_robot(given.write_robot)
    else:
        serve(GymnasiumEnv(os.environ.get("SOFTQD_SIMULATOR_ROBOT") or name, given.env), options)
