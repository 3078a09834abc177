#!/usr/bin/env python3
"""The robot pendulum with a step that computes for a stated time. --own N: N steps of its own loop instead of serving; --exchange N: N steps, each
asked for by a second process over TCP with two small packets and nothing else. Both print seconds a step."""

import argparse
import os
import pathlib
import socket
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


PACKET_BYTES = 64


def packet(connection):
    """The next packet; empty when the other end has closed."""
    data = b""
    while len(data) < PACKET_BYTES:
        more = connection.recv(PACKET_BYTES - len(data))
        if not more:
            return b""
        data += more
    return data


def answer(listener, world):
    """Steps and answers each packet until the other end closes."""
    connection, _ = listener.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while request := packet(connection):
        world.step([1.0])
        connection.sendall(request)


def exchange(world, count):
    """Seconds a step when this process asks a second one for each step."""
    listener = socket.create_server(("127.0.0.1", 0))
    child = os.fork()
    if child == 0:
        answer(listener, world)
        os._exit(0)
    with socket.create_connection(listener.getsockname()) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        began = time.perf_counter()
        for _ in range(count):
            connection.sendall(bytes(PACKET_BYTES))
            packet(connection)
        seconds = (time.perf_counter() - began) / count
    os.waitpid(child, 0)
    return seconds


options = argparse.ArgumentParser()
options.add_argument("--step-ms", type=float, default=1.0)
options.add_argument("--own", type=int, default=0)
options.add_argument("--exchange", type=int, default=0)
given, _ = options.parse_known_args()
world = Busy(given.step_ms / 1000)
if given.exchange > 0:
    print(exchange(world, given.exchange))
elif given.own == 0:
    serve(world, options)
else:
    began = time.perf_counter()
    for _ in range(given.own):
        world.step([1.0])
        world.reading()
    print((time.perf_counter() - began) / given.own)
