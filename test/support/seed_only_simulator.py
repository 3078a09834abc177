"""A simulator without reset(), save() and load(). DIE_AFTER=N, DIED=FILE: it exits at its Nth step, once: not when FILE is there."""

import os
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples" / "simulators"))
from softqd_simulator import Simulator, serve  # noqa: E402


class Point(Simulator):
    robot = "pendulum"
    joints = ["pivot"]
    physics_step_s = 0.05
    position = 0.0

    def reset_by_seed(self, seed):
        self.position = random.Random(seed).uniform(-1, 1)
        with open(os.environ["SEEDS"], "a", encoding="utf-8") as file:
            file.write(f"{seed}\n")

    def step(self, targets):
        self.position += 0.01 * targets[0]
        died = os.environ.get("DIED")
        if died and self.steps + 1 == int(os.environ["DIE_AFTER"]) and not os.path.exists(died):
            pathlib.Path(died).touch()
            sys.stderr.write("out of cheese\n")
            sys.stderr.flush()
            os._exit(3)

    def reading(self):
        return [self.position], [0.0], [0.0], {}


serve(Point())
