#!/usr/bin/env python3
"""A simulator for softqd in plain Python: no package beyond the standard library.

It simulates the pendulum in lock-step. softqd starts it and gives it a port and a token:

    npx softqd pretrain --robot pendulum --task Pendulum-v1 --steps 5000 --seed 1 --out pendulum.safetensors \
        --simulator "python3 examples/10-write-a-simulator-in-python/simulator_pendulum.py"

Or start it with --port 8741 and pass --simulator ws://127.0.0.1:8741. The protocol is in examples/simulators/softqd_simulator.py.
"""

import math
import pathlib
import random
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "simulators"))
from softqd_simulator import Simulator, serve  # noqa: E402


class Pendulum(Simulator):
    """Pendulum-v1: 1 kg, 1 m, g = 10, semi-implicit Euler of 0.05 s, effort within 2 N m, speed within 8 rad/s."""

    robot = "pendulum"
    joints = ["pivot"]
    physics_step_s = 0.05
    max_effort_nm = 2.0

    def __init__(self):
        self.theta = self.velocity = self.effort = 0.0

    def reset(self, qpos, qvel):
        if len(qpos) != 1 or len(qvel) != 1:
            raise ValueError("a reset needs one qpos and one qvel")
        self.theta, self.velocity, self.effort = qpos[0], qvel[0], 0.0

    def reset_by_seed(self, seed):
        generator = random.Random(seed)
        self.reset([generator.uniform(-math.pi, math.pi)], [generator.uniform(-1, 1)])

    def step(self, targets):
        self.effort = max(-self.max_effort_nm, min(self.max_effort_nm, targets[0]))
        acceleration = 15 * math.sin(self.theta) + 3 * self.effort
        self.velocity = max(-8.0, min(8.0, self.velocity + acceleration * self.physics_step_s))
        self.theta += self.velocity * self.physics_step_s

    def reading(self):
        return [self.theta], [self.velocity], [self.effort], {}

    def save(self):
        return struct.pack("<ddd", self.theta, self.velocity, self.effort)

    def load(self, state):
        self.theta, self.velocity, self.effort = struct.unpack("<ddd", state)


if __name__ == "__main__":
    serve(Pendulum())
