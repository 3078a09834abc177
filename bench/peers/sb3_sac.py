"""Stable-Baselines3's SAC with its defaults on Pendulum-v1: wall time to a mean return over given starts, evaluations not counted.

usage: sb3_sac.py --initial-states FILE --steps 6000 --every 500 --seed 1; FILE: the JSON of `softqd evaluate --json` (its "starts").
Prints one JSON object. Time begins at SOFTQD_BEGAN_MS (Unix milliseconds, the moment the process was asked for) where that is set.
"""

import argparse
import json
import os
import time

BEGAN = float(os.environ.get("SOFTQD_BEGAN_MS", time.time() * 1000)) / 1000

import gymnasium  # noqa: E402
import numpy as np  # noqa: E402
import stable_baselines3  # noqa: E402
import torch  # noqa: E402
from stable_baselines3.common.callbacks import BaseCallback  # noqa: E402


def mean_return(model, starts):
    environment = gymnasium.make("Pendulum-v1")
    total = 0.0
    for start in starts:
        environment.reset(seed=0)
        inner = environment.unwrapped
        inner.state = np.array([start["qpos"][0], start["qvel"][0]])
        observation = inner._get_obs()
        done = False
        while not done:
            action, _ = model.predict(observation, deterministic=True)
            observation, reward, terminated, truncated, _ = environment.step(action)
            total += float(reward)
            done = terminated or truncated
    return total / len(starts)


class Watch(BaseCallback):
    def __init__(self, every, starts):
        super().__init__()
        self.every = every
        self.starts = starts
        self.away = 0.0
        self.rows = []

    def _on_step(self):
        if self.num_timesteps % self.every == 0:
            now = time.time()
            wall = now - BEGAN - self.away
            mean = mean_return(self.model, self.starts)
            self.rows.append({"step": self.num_timesteps, "wallS": round(wall, 3), "mean": mean})
            self.away += time.time() - now
        return True


parser = argparse.ArgumentParser()
parser.add_argument("--initial-states", required=True)
parser.add_argument("--steps", type=int, default=6000)
parser.add_argument("--every", type=int, default=500)
parser.add_argument("--seed", type=int, default=1)
words = parser.parse_args()
with open(words.starts, encoding="utf8") as file:
    starts = json.load(file)["starts"]
watch = Watch(words.every, starts)
model = stable_baselines3.SAC("MlpPolicy", "Pendulum-v1", seed=words.seed, device="cpu")
model.learn(words.steps, callback=watch)
rows = watch.rows
learning = [row for row in rows if row["step"] > model.learning_starts]
per_1000 = None
if len(learning) > 1:
    per_1000 = 1000 * (learning[-1]["wallS"] - learning[0]["wallS"]) / (learning[-1]["step"] - learning[0]["step"])
print(
    json.dumps(
        {
            "sb3": stable_baselines3.__version__,
            "torch": torch.__version__,
            "threads": torch.get_num_threads(),
            "evaluations": rows,
            "per1000S": per_1000,
        }
    )
)
