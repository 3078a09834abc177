#!/usr/bin/env python3
"""A simulator for softqd in plain Python: no package beyond the standard library.

It serves the pendulum in lock-step. Start it, then point softqd at what it prints:

    python3 examples/10-write-a-simulator-in-python/simulator_pendulum.py --port 8741
    npx softqd pretrain --robot pendulum --task Pendulum-v1 --steps 5000 --seed 1 --out pendulum.safetensors \
        --set simulator.url=ws://127.0.0.1:8741

Replace the class Pendulum by your own physics and ROBOT, JOINTS and SENSORS by what your robot file says; the rest may stay.
The protocol is described in docs/simulator-protocol.md; the sections there have the names of the sections here.
"""

import argparse
import base64
import hashlib
import hmac
import math
import random
import socket
import socketserver
import struct
import sys
import threading

ROBOT = "pendulum"
JOINTS = ["pivot"]
SENSORS = []  # (name, size, unit)
SUBPROTOCOL = "softqd.simulation.v1"
PROTOCOL_VERSION = 1
MAX_FRAME_BYTES = 1 << 20


# --- The world ------------------------------------------------------------------------------------------------------


class Pendulum:
    """Pendulum-v1: 1 kg, 1 m, g = 10, semi-implicit Euler of 0.05 s, effort within 2 N m, speed within 8 rad/s."""

    PHYSICS_STEP_S = 0.05
    MAX_EFFORT_NM = 2.0

    def __init__(self):
        self.control_period_s = self.PHYSICS_STEP_S
        self.steps_per_period = 1
        self.theta = self.velocity = self.effort = 0.0
        self.sequence = 0  # readings so far
        self.steps = 0  # physics steps so far: device time never goes back, also at a reset

    def set_control_period(self, period_s):
        count = round(period_s / self.PHYSICS_STEP_S) if math.isfinite(period_s) else 0
        if count < 1 or abs(count * self.PHYSICS_STEP_S - period_s) > 1e-9 * period_s:
            raise Refused("E_PROTOCOL_MISMATCH", f"control period {period_s} s is no multiple of {self.PHYSICS_STEP_S} s")
        self.steps_per_period = count
        self.control_period_s = period_s

    def reset(self, qpos, qvel):
        if len(qpos) != 1 or len(qvel) != 1 or not all(map(math.isfinite, qpos + qvel)):
            raise Refused("E_SIMULATOR", "a reset needs one finite qpos and one finite qvel")
        self.theta, self.velocity, self.effort = qpos[0], qvel[0], 0.0
        self.sequence += 1

    def reset_by_seed(self, seed):
        chance = random.Random(seed)
        self.reset([chance.uniform(-math.pi, math.pi)], [chance.uniform(-1, 1)])

    def step(self, targets):
        if len(targets) != 1 or not math.isfinite(targets[0]):
            raise Refused("E_SIMULATOR", "a command needs one finite target")
        self.effort = max(-self.MAX_EFFORT_NM, min(self.MAX_EFFORT_NM, targets[0]))
        for _ in range(self.steps_per_period):
            acceleration = 15 * math.sin(self.theta) + 3 * self.effort
            self.velocity = max(-8.0, min(8.0, self.velocity + acceleration * self.PHYSICS_STEP_S))
            self.theta += self.velocity * self.PHYSICS_STEP_S
        self.steps += self.steps_per_period
        self.sequence += 1

    def save(self):
        return struct.pack("<dddqq", self.theta, self.velocity, self.effort, self.sequence, self.steps)

    def load(self, state):
        if len(state) != 40:
            raise Refused("E_SIMULATOR", "these bytes are no state of this simulator")
        self.theta, self.velocity, self.effort, self.sequence, self.steps = struct.unpack("<dddqq", state)


class Refused(Exception):
    """A request that is answered with an Error; `code` is one of docs/errors.md."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


# --- Protobuf: what the protocol needs of it ------------------------------------------------------------------------


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field_varint(number, value):
    return varint(number << 3 | 0) + varint(value) if value else b""


def field_double(number, value):
    return varint(number << 3 | 1) + struct.pack("<d", value)


def field_bytes(number, value):
    return varint(number << 3 | 2) + varint(len(value)) + value


def field_text(number, text):
    return field_bytes(number, text.encode())


def field_doubles(number, values):
    """A packed repeated double."""
    return field_bytes(number, struct.pack(f"<{len(values)}d", *values)) if values else b""


def read_varint(data, at):
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise Refused("E_FRAME_INVALID", "a varint that does not end")
        value |= (data[at] & 0x7F) << shift
        at += 1
        if data[at - 1] < 0x80:
            return value, at
        shift += 7


def parse(data):
    """One message as {field number: [values]}: int for varints, float for 64 bits, bytes for the rest."""
    fields, at = {}, 0
    while at < len(data):
        key, at = read_varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = read_varint(data, at)
        elif kind in (1, 2, 5):
            size, at = (8, at) if kind == 1 else (4, at) if kind == 5 else read_varint(data, at)
            if at + size > len(data):
                raise Refused("E_FRAME_INVALID", "a field that is longer than its message")
            value = struct.unpack_from("<d", data, at)[0] if kind == 1 else data[at : at + size]
            at += size
        else:
            raise Refused("E_FRAME_INVALID", f"wire type {kind}")
        fields.setdefault(key >> 3, []).append(value)
    return fields


def doubles(fields, number):
    """A repeated double, packed or not."""
    out = []
    for value in fields.get(number, []):
        if isinstance(value, float):
            out.append(value)
        elif isinstance(value, bytes) and len(value) % 8 == 0:
            out.extend(struct.unpack(f"<{len(value) // 8}d", value))
        else:
            raise Refused("E_FRAME_INVALID", "doubles that are none")
    return out


def last(fields, number, default):
    """The last value of a singular field; of another type than the default's is a broken frame."""
    value = fields.get(number, [default])[-1]
    if not isinstance(value, type(default)):
        raise Refused("E_FRAME_INVALID", f"field {number} is no {type(default).__name__}")
    return value


# --- Messages: request in, reply out --------------------------------------------------------------------------------

HELLO, RESET, COMMAND, SAVE_STATE, LOAD_STATE, REQUEST_ID = 1, 2, 3, 4, 5, 15
SPEC, READING, STATE, ERROR, REPLY_TO = 1, 2, 3, 4, 15
CONTROLLER, LOCK_STEP = 1, 1


def spec_message(world):
    sensors = [field_text(1, name) + field_varint(2, size) + field_text(3, unit) for name, size, unit in SENSORS]
    return (
        field_text(1, ROBOT)
        + b"".join(field_bytes(2, sensor) for sensor in sensors)
        + field_double(3, world.control_period_s)
        + field_varint(4, LOCK_STEP)
        + b"".join(field_text(5, joint) for joint in JOINTS)
        + field_double(6, world.PHYSICS_STEP_S)
    )


def reading_message(world):
    return (
        field_varint(1, world.sequence)
        + field_double(2, world.steps * world.PHYSICS_STEP_S)
        + field_doubles(3, [world.theta])
        + field_doubles(4, [world.velocity])
        + field_doubles(5, [world.effort])
    )


class Conversation:
    """One client from its Hello to its end. `world` is shared and used under `lock`; `seat` holds the controller."""

    def __init__(self, world, lock, seat):
        self.world, self.lock, self.seat = world, lock, seat
        self.greeted = False

    def answer(self, frame):
        """One request as bytes -> one reply as bytes, and whether the connection stays open."""
        request_id = 0
        try:
            request = parse(frame)
            request_id = last(request, REQUEST_ID, 0)
            with self.lock:
                body = self.reply(request)
            return body + field_varint(REPLY_TO, request_id), True
        except Refused as refusal:
            error = field_text(1, refusal.code) + field_text(2, str(refusal))
            return field_bytes(ERROR, error) + field_varint(REPLY_TO, request_id), self.greeted and refusal.code != "E_FRAME_INVALID"

    def reply(self, request):
        world = self.world
        if HELLO in request:
            self.hello(parse(last(request, HELLO, b"")))
            return field_bytes(SPEC, spec_message(world))
        if not self.greeted:
            raise Refused("E_PROTOCOL_MISMATCH", "the first message must be Hello")
        if COMMAND in request:
            world.step(doubles(parse(last(request, COMMAND, b"")), 2))
        elif RESET in request:
            reset = parse(last(request, RESET, b""))
            if 2 in reset:
                state = parse(last(reset, 2, b""))
                world.reset(doubles(state, 1), doubles(state, 2))
            else:
                world.reset_by_seed(last(reset, 1, 0))
        elif LOAD_STATE in request:
            world.load(last(parse(last(request, LOAD_STATE, b"")), 1, b""))
        elif SAVE_STATE in request:
            return field_bytes(STATE, field_bytes(1, world.save()))
        else:
            raise Refused("E_FRAME_INVALID", "a frame without a known request")
        return field_bytes(READING, reading_message(world))

    def hello(self, hello):
        version, role = last(hello, 1, 0), last(hello, 2, 0)
        robot = last(hello, 3, b"").decode(errors="replace")
        if version != PROTOCOL_VERSION:
            raise Refused("E_PROTOCOL_MISMATCH", f"protocol version: the simulator has {PROTOCOL_VERSION}, the client {version}")
        if robot != ROBOT:
            raise Refused("E_PROTOCOL_MISMATCH", f"robot: the simulator has {ROBOT}, the client {robot}")
        if role != CONTROLLER:
            raise Refused("E_NOT_IMPLEMENTED", "this example has no place for watchers")
        if self.seat["controller"] not in (None, self):
            raise Refused("E_CONTROLLER_TAKEN", f"{ROBOT} already has a controller: another client")
        self.world.set_control_period(last(hello, 4, 0.0))
        self.seat["controller"] = self
        self.greeted = True

    def leave(self):
        with self.lock:
            if self.seat["controller"] is self:
                self.seat["controller"] = None


# --- WebSocket: RFC 6455, the server's half -------------------------------------------------------------------------


class Closed(Exception):
    """The other side is gone, or what it sends is no WebSocket frame (`code` then says why)."""

    def __init__(self, code=1000):
        super().__init__(code)
        self.code = code


def handshake(stream, token):
    """Reads the HTTP request and responded it; returns false when it was refused."""
    head, headers = stream.readline(8192), {}
    for _ in range(100):
        line = stream.readline(8192).decode("latin-1").strip()
        if not line:
            break
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    offered = [protocol.strip() for protocol in headers.get("sec-websocket-protocol", "").split(",")]
    shown = [headers.get("authorization", "")[7:]] + [protocol[7:] for protocol in offered if protocol.startswith("bearer.")]
    key = headers.get("sec-websocket-key", "")
    if not head.startswith(b"GET ") or not key:
        status, text = "426 Upgrade Required", f"connect by WebSocket, subprotocol {SUBPROTOCOL}"
    elif "origin" in headers:
        status, text = "403 Forbidden", "no pages here"
    elif token and not any(hmac.compare_digest(one.encode(), token.encode()) for one in shown):
        status, text = "401 Unauthorized", "a token is needed"
    elif SUBPROTOCOL not in offered:
        status, text = "400 Bad Request", f"this server speaks the subprotocol {SUBPROTOCOL}"
    else:
        accept = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
        stream.write(
            f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n".encode()
        )
        stream.flush()
        return True
    stream.write(f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode())
    stream.flush()
    return False


def read_exactly(stream, size):
    data = stream.read(size)
    if len(data) < size:
        raise Closed(1006)
    return data


def read_message(stream):
    """The next binary message, whole. Answers pings; raises Closed."""
    message = b""
    while True:
        first, second = read_exactly(stream, 2)
        opcode, size = first & 0x0F, second & 0x7F
        if first & 0x70 or not second & 0x80:
            raise Closed(1002)  # reserved bits, or a client's frame without its mask
        if size == 126:
            (size,) = struct.unpack(">H", read_exactly(stream, 2))
        elif size == 127:
            (size,) = struct.unpack(">Q", read_exactly(stream, 8))
        if len(message) + size > MAX_FRAME_BYTES:
            raise Closed(1009)
        mask = read_exactly(stream, 4)
        payload = read_exactly(stream, size)
        repeated = (mask * (size // 4 + 1))[:size]
        payload = (int.from_bytes(payload, "little") ^ int.from_bytes(repeated, "little")).to_bytes(size, "little")
        if opcode == 0x8:
            raise Closed(1000)
        if opcode == 0x9:
            write_frame(stream, 0xA, payload)
        elif opcode == 0x1:
            raise Closed(1003)  # text
        elif opcode in (0x0, 0x2):
            message += payload
            if first & 0x80:
                return message


def write_frame(stream, opcode, payload):
    size = len(payload)
    if size < 126:
        head = struct.pack(">BB", 0x80 | opcode, size)
    elif size < 1 << 16:
        head = struct.pack(">BBH", 0x80 | opcode, 126, size)
    else:
        head = struct.pack(">BBQ", 0x80 | opcode, 127, size)
    stream.write(head + payload)
    stream.flush()


# --- The server -----------------------------------------------------------------------------------------------------


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # or every step waits for a delayed acknowledgement
        stream = self.connection.makefile("rwb")
        server = self.server
        conversation = Conversation(server.world, server.lock, server.seat)
        try:
            if not handshake(stream, server.token):
                return
            is_open = True
            while is_open:
                reply, is_open = conversation.answer(read_message(stream))
                write_frame(stream, 0x2, reply)
            conversation.leave()
            self.close(stream, 1008)
        except Closed as closed:
            conversation.leave()  # before the client knows that it is disconnected: it may connect again at once
            if closed.code != 1006:
                self.close(stream, closed.code)
        except OSError:
            pass  # disconnected without a close frame: the world waits
        finally:
            conversation.leave()

    def close(self, stream, code):
        """Sends the close frame, then reads the rest: unread input would reset the connection before the frame arrives."""
        write_frame(stream, 0x8, struct.pack(">H", code))
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(2)
        while self.connection.recv(1 << 16):
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address, token):
        super().__init__(address, Handler)
        self.token = token
        self.world, self.lock, self.seat = Pendulum(), threading.Lock(), {"controller": None}


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--host", default="127.0.0.1")
    arguments.add_argument("--port", type=int, default=8741, help="0 takes any free port")
    arguments.add_argument("--token-file", help="its first line is the token that clients must show")
    given = arguments.parse_args()
    token = None
    if given.token_file:
        with open(given.token_file, encoding="utf-8") as file:
            token = file.readline().strip()
    if given.host not in ("127.0.0.1", "::1", "localhost") and not token:
        sys.exit("beyond loopback a token is needed: --token-file FILE")
    with Server((given.host, given.port), token) as server:
        print(f"{ROBOT} in lock-step at ws://{given.host}:{server.server_address[1]}", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
