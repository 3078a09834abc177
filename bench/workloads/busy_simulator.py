#!/usr/bin/env python3
"""The robot pendulum with a step that computes for a stated time. --own N: N steps of its own loop instead of serving; prints seconds a step."""

import argparse
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples/simulators"))
from softqd_simulator import Simulator, serve  # noqa: E402


class Busy(Simulator):
    robot = "pendulum"
    joints = ["pivot"]
    physics_step_s = 0.05

    def __init__(self, step_s):
        self.step_s = step_s
        self.angle = 0.0
        super().__init__()

    def reset_by_seed(self, seed):
        self.angle = 0.001 * (seed % 1000)

    def step(self, targets):
        until = time.perf_counter() + self.step_s
        self.angle += 0.01 * targets[0]
        while time.perf_counter() < until:
            pass

    def reading(self):
        return [self.angle], [0.0], [0.0], {}


options = argparse.ArgumentParser()
options.add_argument("--step-ms", type=float, default=1.0)
options.add_argument("--own", type=int, default=0)
given, _ = options.parse_known_args()
world = Busy(given.step_ms / 1000)
if given.own == 0:
    serve(world, options)
else:
    began = time.perf_counter()
    for _ in range(given.own):
        world.step([1.0])
        world.reading()
    print((time.perf_counter() - began) / given.own)
