"""The protocol of docs/simulator-protocol.md for simulators in Python, without any package: subclass Simulator and call serve().

A subclass needs the names, physics_step_s, step(), reading() and reset_by_seed(). With reset(), softqd chooses initial states, too; with
save() and load(), a resumed run continues inside an episode.
"""

import argparse
import base64
import hashlib
import hmac
import math
import os
import socket
import socketserver
import struct
import sys
import threading
import traceback

SUBPROTOCOL = "softqd.simulation.v1"
PROTOCOL_VERSION = 1
MAX_FRAME_BYTES = 1 << 20
HELLO_TIMEOUT_S = 5


class Refused(Exception):
    """A request that is answered with an Error; `code` is one of docs/errors.md."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Simulator:
    """A world. Subclasses set the names and override the methods that raise NotImplementedError."""

    robot = ""
    joints = []  # names, in the order of the robot file
    sensors = []  # (name, size, unit)
    physics_step_s = 0.01
    control_period_s = None  # from Hello

    # What the server keeps here.
    steps_per_period = 1
    sequence = 0  # readings so far
    steps = 0  # physics steps so far: the time never goes back, also at a reset

    def step(self, targets):
        """Advances the world by physics_step_s; one finite target per joint."""
        raise NotImplementedError

    def reading(self):
        """(positions, velocities, efforts, {sensor: values}) of the present state, one number per joint."""
        raise NotImplementedError

    def reset_by_seed(self, seed):
        """Begins an episode; the same seed gives the same state."""
        raise NotImplementedError

    def reset(self, qpos, qvel):
        """Optional: begins an episode in this state. Raises ValueError for one of another size."""
        raise NotImplementedError

    def save(self):
        """Optional: the whole state as bytes."""
        raise NotImplementedError

    def load(self, state):
        """Optional: restores what save() returned. Raises ValueError or struct.error for other bytes."""
        raise NotImplementedError

    def overrides(self, name):
        return getattr(type(self), name) is not getattr(Simulator, name)

    def set_control_period(self, period_s):
        count = round(period_s / self.physics_step_s) if math.isfinite(period_s) else 0
        if count < 1 or abs(count * self.physics_step_s - period_s) > 1e-9 * period_s:
            raise Refused("E_PROTOCOL_MISMATCH", f"control period {period_s} s is no multiple of {self.physics_step_s} s")
        self.steps_per_period = count
        self.control_period_s = period_s


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
    sensors = [field_text(1, name) + field_varint(2, size) + field_text(3, unit) for name, size, unit in world.sensors]
    return (
        field_text(1, world.robot)
        + b"".join(field_bytes(2, sensor) for sensor in sensors)
        + field_double(3, world.control_period_s)
        + field_varint(4, LOCK_STEP)
        + b"".join(field_text(5, joint) for joint in world.joints)
        + field_double(6, world.physics_step_s)
        + field_varint(7, not world.overrides("reset"))
        + field_varint(8, not world.overrides("save"))
    )


def reading_message(world):
    positions, velocities, efforts, sensors = world.reading()
    return (
        field_varint(1, world.sequence)
        + field_double(2, world.steps * world.physics_step_s)
        + field_doubles(3, positions)
        + field_doubles(4, velocities)
        + field_doubles(5, efforts)
        + b"".join(field_bytes(6, field_text(1, name) + field_doubles(2, values)) for name, values in sensors.items())
    )


def failure_text(world, error):
    """An exception with the place in the world's own file, or else with the innermost one."""
    frames = traceback.extract_tb(error.__traceback__)
    own = getattr(sys.modules.get(type(world).__module__), "__file__", None)
    frame = next((frame for frame in reversed(frames) if frame.filename == own), frames[-1])
    return f"{frame.filename}:{frame.lineno}: {frame.name}: {type(error).__name__}: {error}"


class Conversation:
    """One client from its Hello to its end. `world` is shared and used under `lock`; `seat` holds the controller."""

    def __init__(self, world, lock, seat):
        self.world, self.lock, self.seat = world, lock, seat
        self.greeted = False

    def answer(self, frame):
        """One request as bytes -> one reply as bytes, and the code with which the connection is closed, or None."""
        request_id = 0
        try:
            request = parse(frame)
            request_id = last(request, REQUEST_ID, 0)
            with self.lock:
                body = self.reply(request)
            return body + field_varint(REPLY_TO, request_id), None
        except Refused as refused:
            refusal = refused
        except Exception as error:  # of the world: the client can say what it is, this process continues
            traceback.print_exc()
            refusal = Refused("E_SIMULATOR", failure_text(self.world, error))
        error = field_text(1, refusal.code) + field_text(2, str(refusal))
        close_code = 1002 if refusal.code == "E_FRAME_INVALID" else None if self.greeted else 1008
        return field_bytes(ERROR, error) + field_varint(REPLY_TO, request_id), close_code

    def reply(self, request):
        world = self.world
        if HELLO in request:
            self.hello(parse(last(request, HELLO, b"")))
            return field_bytes(SPEC, spec_message(world))
        if not self.greeted:
            raise Refused("E_PROTOCOL_MISMATCH", "the first message must be Hello")
        if COMMAND in request:
            targets = doubles(parse(last(request, COMMAND, b"")), 2)
            if len(targets) != len(world.joints) or not all(map(math.isfinite, targets)):
                raise Refused("E_SIMULATOR", f"a command must have {len(world.joints)} finite targets")
            for _ in range(world.steps_per_period):
                world.step(targets)
                world.steps += 1
            world.sequence += 1
        elif RESET in request:
            self.reset(parse(last(request, RESET, b"")))
            world.sequence += 1
        elif SAVE_STATE in request:
            self.require("save")
            state = struct.pack("<qq", world.sequence, world.steps) + world.save()
            return field_bytes(STATE, field_bytes(1, state))
        elif LOAD_STATE in request:
            self.require("load")
            state = last(parse(last(request, LOAD_STATE, b"")), 1, b"")
            try:
                counters = struct.unpack_from("<qq", state)
                world.load(state[16:])
            except (ValueError, struct.error) as error:
                raise Refused("E_SIMULATOR", f"these bytes are no state of this simulator: {error}") from error
            world.sequence, world.steps = counters
        else:
            raise Refused("E_FRAME_INVALID", "a frame without a known request")
        return field_bytes(READING, reading_message(world))

    def require(self, method):
        if not self.world.overrides(method):
            raise Refused("E_NOT_IMPLEMENTED", f"this simulator has no {method}")

    def reset(self, reset):
        if 2 not in reset:
            self.world.reset_by_seed(last(reset, 1, 0))
            return
        self.require("reset")
        state = parse(last(reset, 2, b""))
        qpos, qvel = doubles(state, 1), doubles(state, 2)
        if not all(map(math.isfinite, qpos + qvel)):
            raise Refused("E_SIMULATOR", "qpos and qvel must be finite")
        try:
            self.world.reset(qpos, qvel)
        except ValueError as error:
            raise Refused("E_SIMULATOR", str(error)) from error

    def hello(self, hello):
        world, version, role = self.world, last(hello, 1, 0), last(hello, 2, 0)
        robot = last(hello, 3, b"").decode(errors="replace")
        if version != PROTOCOL_VERSION:
            raise Refused("E_PROTOCOL_MISMATCH", f"protocol version: the simulator has {PROTOCOL_VERSION}, the client {version}")
        if robot != world.robot:
            raise Refused("E_PROTOCOL_MISMATCH", f"robot: the simulator has {world.robot}, the client {robot}")
        if role != CONTROLLER:
            raise Refused("E_NOT_IMPLEMENTED", "this simulator has no observers")
        if self.greeted:
            raise Refused("E_PROTOCOL_MISMATCH", "duplicate Hello")
        if self.seat["controller"] is not None:
            raise Refused("E_CONTROLLER_TAKEN", f"{world.robot} already has a controller: another client")
        world.set_control_period(last(hello, 4, 0.0))
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
        self.connection.settimeout(HELLO_TIMEOUT_S)
        try:
            if not handshake(stream, server.token):
                return
            close_code = None
            while close_code is None:
                reply, close_code = conversation.answer(read_message(stream))
                write_frame(stream, 0x2, reply)
                self.connection.settimeout(None)
            conversation.leave()
            self.close(stream, close_code)
        except Closed as closed:
            conversation.leave()  # before the client knows that it is disconnected: it may connect again at once
            if closed.code != 1006:
                self.close(stream, closed.code)
        except TimeoutError:
            self.close(stream, 1008)  # no Hello
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

    def __init__(self, address, token, world):
        super().__init__(address, Handler)
        self.token = token
        self.world, self.lock, self.seat = world, threading.Lock(), {"controller": None}


def serve(world, arguments=None):
    """Serves the world until the process is terminated. `arguments`: a parser whose options the caller has read already."""
    for name in ("step", "reading", "reset_by_seed"):
        if not world.overrides(name):
            sys.exit(f"{type(world).__name__} must define {name}()")
    arguments = arguments or argparse.ArgumentParser()
    arguments.add_argument("--host", default=os.environ.get("SOFTQD_SIMULATOR_HOST", "127.0.0.1"))
    arguments.add_argument("--port", type=int, default=int(os.environ.get("SOFTQD_SIMULATOR_PORT", 8741)), help="0 takes any free port")
    arguments.add_argument("--token-file", help="its first line is the token that clients must show")
    given = arguments.parse_args()
    token = os.environ.get("SOFTQD_SIMULATOR_TOKEN")
    if given.token_file:
        with open(given.token_file, encoding="utf-8") as file:
            token = file.readline().strip()
    if given.host not in ("127.0.0.1", "::1", "localhost") and not token:
        sys.exit("beyond loopback a token is needed: --token-file FILE")
    with Server((given.host, given.port), token, world) as server:
        print(f"{world.robot} in lock-step at ws://{given.host}:{server.server_address[1]}", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass
