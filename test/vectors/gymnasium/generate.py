"""Writes the trajectories of Gymnasium's own environments: python generate.py, with gymnasium[mujoco] installed.

Every episode begins at a state that Gymnasium drew. Actions are uniform multiples of 1/128, passed as float64: Gymnasium then sums
their squares in float64, too. The first episode has actions of up to 1.5 times the range: the actuators clip, the cost does not.
"""

import json
import pathlib

import gymnasium
import mujoco
import numpy

STEPS = 200
OUT_OF_RANGE_STEPS = 20
FULL_STEPS = 10  # of every episode; later every tenth observation is kept
TASKS = [
    "Swimmer-v5",
    "HalfCheetah-v5",
    "Hopper-v5",
    "Walker2d-v5",
    "Ant-v5",
    "Reacher-v5",
    "InvertedPendulum-v5",
    "InvertedDoublePendulum-v5",
]


def episode(env, random, seed, steps, factor):
    first = env.reset(seed=seed)[0]
    data = env.unwrapped.data
    start = {"qpos": data.qpos.tolist(), "qvel": data.qvel.tolist(), "observation": first.tolist()}
    bound = float(env.action_space.high[0])
    lines = []
    for index in range(steps):
        action = numpy.round(128 * random.uniform(-factor * bound, factor * bound, env.action_space.shape)) / 128
        observation, reward, terminated, truncated, _ = env.step(action)
        step = {"action": action.tolist(), "reward": float(reward), "terminated": bool(terminated), "truncated": truncated}
        if index < FULL_STEPS or index % 10 == 9:
            step["observation"] = observation.tolist()
        lines.append(step)
        if terminated or truncated:
            break
    return start, lines


def write(task):
    env = gymnasium.make(task, disable_env_checker=True)
    random = numpy.random.default_rng(12)
    episodes = []
    total = 0
    while total < STEPS:
        first = not episodes
        steps = OUT_OF_RANGE_STEPS if first else STEPS - total
        start, lines = episode(env, random, len(episodes), steps, 1.5 if first else 1.0)
        total += len(lines)
        body = ",\n".join(json.dumps(line) for line in lines)
        episodes.append('{"start": %s, "steps": [\n%s\n]}' % (json.dumps(start), body))
    source = f"Gymnasium {gymnasium.__version__}, MuJoCo {mujoco.__version__}, numpy {numpy.__version__}: generate.py"
    text = '{"source": %s, "task": "%s", "episodes": [\n%s\n]}\n' % (json.dumps(source), task, ",\n".join(episodes))
    (pathlib.Path(__file__).parent / f"{task}.json").write_text(text)


for name in TASKS:
    write(name)
