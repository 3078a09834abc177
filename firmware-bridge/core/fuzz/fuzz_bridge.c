#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pb_decode.h"
#include "pb_encode.h"
#include "sq_bridge.h"

/*
 * libFuzzer: the input is a script. Each step is an operation byte, then its bytes: raw bytes, a framed payload, a tick with a measurement
 * made of the bytes, or a message that a host sends. After each step the oracle below checks what must hold whatever was received:
 *
 *     a target is output only while armed, within the range, and changes within velocity, acceleration and effort rate
 *     no target without a received byte for 100 ms, none during an emergency stop, none after a heartbeat that is not engaged
 *     a stop ends only with a message that clears it; ticks end none
 *     what does not drive gets only safer; a hold begins at the measured position and stays there
 *
 * It follows the messages with a decoder of its own and does not read what the bridge has computed.
 */
#define JOINTS 2
static const sq_joint joints[JOINTS] = {
    {"a", SQ_TARGET_POSITION, {SQ_STOP_HOLD, 3000, SQ_STOP_DAMP, 60}, -1.0f, 1.0f, 2.0f, 20.0f, SQ_NO_LIMIT, 3.0f, 100.0f},
    {"b", SQ_TARGET_EFFORT, {SQ_STOP_DAMP, 0, SQ_STOP_DAMP, 60}, -SQ_NO_LIMIT, SQ_NO_LIMIT, 5.0f, 50.0f, SQ_NO_LIMIT, 1.0f, 100.0f},
};
static const sq_robot robot = {"0", "fuzz", joints, JOINTS, 10, 14, 70, 0.1f, 1.5f, 5000};
/* The longest timeout that a host can set, and the largest that a tick may be late while armed. */
#define SILENCE_US 100000u
#define LONGEST_STEP_US 10000u

static struct {
    sq_frame_decoder decoder;
    uint64_t received_us;
    uint64_t tick_us;
    bool clears;
    /* Of the newest heartbeat since the last tick; the sequence decides whether the bridge takes it. */
    bool disengages;
    sq_state state;
    sq_output outputs[JOINTS];
    /* A message came that may begin at the measured position again, which was this at the tick before it. */
    bool restarts;
    float start;
    float position;
    /* The newest command was to stop. */
    bool stopped;
    float speed;
    bool unknown;
    uint64_t speed_us;
} seen;

static void require_at(int condition, int line) {
    if (condition) return;
    fprintf(stderr, "fuzz_bridge.c:%d does not hold\n", line);
    abort();
}

#define require(condition) require_at((condition), __LINE__)

static float magnitude(float value) { return value < 0 ? -value : value; }

/* Follows the bytes to the board. */
static void follow(const uint8_t *bytes, size_t length, const sq_bridge *bridge) {
    softqd_v1_LinkToBoard message;
    for (size_t i = 0; i < length; i++) {
        const size_t payload = sq_frame_push(&seen.decoder, bytes[i]);
        if (payload == 0) continue;
        pb_istream_t stream = pb_istream_from_buffer(seen.decoder.buffer, payload);
        if (!pb_decode(&stream, softqd_v1_LinkToBoard_fields, &message)) continue;
        if (message.which_message == softqd_v1_LinkToBoard_clear_fault_tag) seen.clears = true;
        const bool commands = message.which_message == softqd_v1_LinkToBoard_command_tag;
        const bool stops = commands && message.message.command.mode == softqd_v1_LinkCommandMode_LINK_COMMAND_MODE_STOP;
        if (stops || seen.stopped || (!commands && message.which_message != softqd_v1_LinkToBoard_heartbeat_tag)) {
            seen.restarts = true;
            seen.start = seen.position;
        }
        if (commands) seen.stopped = stops;
        if (message.which_message == softqd_v1_LinkToBoard_heartbeat_tag && bridge->heartbeat_sequence == message.message.heartbeat.sequence)
            seen.disengages = !message.message.heartbeat.engaged;
    }
}

static void receive(sq_bridge *bridge, const uint8_t *bytes, size_t length, uint64_t now_us) {
    seen.clears = false;
    sq_bridge_receive(bridge, bytes, length, now_us);
    follow(bytes, length, bridge);
    if (length > 0) seen.received_us = now_us;
    require(seen.state != SQ_STOPPED || bridge->state == SQ_STOPPED || seen.clears);
    seen.state = bridge->state;
}

static void send(sq_bridge *bridge, const softqd_v1_LinkToBoard *message, uint64_t now_us) {
    uint8_t payload[SQ_MAX_PAYLOAD];
    uint8_t frame[SQ_MAX_FRAME];
    pb_ostream_t stream = pb_ostream_from_buffer(payload, sizeof payload);
    require(pb_encode(&stream, softqd_v1_LinkToBoard_fields, message));
    receive(bridge, frame, sq_frame_encode(payload, stream.bytes_written, frame, sizeof frame), now_us);
}

/* Whether a position target may be at `value`, a time after it was at `from`: range and velocity. */
static bool is_reachable(float value, float from, float dt_s, float slack) {
    const sq_joint *joint = &joints[0];
    const float low = from < joint->min_position ? from : joint->min_position;
    const float high = from > joint->max_position ? from : joint->max_position;
    return value >= low - slack && value <= high + slack && magnitude(value - from) <= joint->max_velocity * dt_s + slack;
}

/* The position joint: range, velocity and acceleration of the target, from one output to the next. */
static void check_position(const sq_output *before, const sq_output *now, uint64_t elapsed_us) {
    const uint64_t step_us = elapsed_us < LONGEST_STEP_US ? elapsed_us : LONGEST_STEP_US;
    const float dt_s = (float)step_us * 1e-6f;
    const bool driven = before->kind == SQ_OUTPUT_TARGET;
    /* The first target after arming is where the joint is, or where it was held. */
    const bool restarted = (!driven || seen.restarts) && is_reachable(now->value, seen.start, dt_s, SQ_HOLD_SAG + 1e-6f);
    require(restarted || (driven && is_reachable(now->value, before->value, dt_s, 1e-6f)));
    /* How fast the first target moves is not known: it changes from rest. */
    if (!driven || seen.restarts) seen.speed = 0.0f;
    if (!driven || seen.restarts) seen.unknown = true;
    if (!driven || seen.restarts || elapsed_us == 0) return;
    const float speed = (now->value - before->value) / dt_s;
    /* Rounding of the targets, over the shorter of the two times. */
    const float before_s = (float)seen.speed_us * 1e-6f;
    const float rounding = 4e-7f / dt_s + (seen.speed_us > 0 ? 4e-7f / before_s : 0.0f);
    require(seen.unknown || magnitude(speed - seen.speed) <= joints[0].max_acceleration * dt_s + rounding);
    seen.unknown = false;
    seen.speed = speed;
    seen.speed_us = step_us;
}

static void check_effort(const sq_output *before, const sq_output *now, float velocity, uint64_t elapsed_us) {
    const float dt_s = (float)(elapsed_us < LONGEST_STEP_US ? elapsed_us : LONGEST_STEP_US) * 1e-6f;
    const bool driven = before->kind == SQ_OUTPUT_TARGET;
    const float change = 100.0f * dt_s + 1e-6f;
    const bool restarted = (!driven || seen.restarts) && magnitude(now->value) <= change;
    require(magnitude(now->value) <= 1.0f);
    require(now->value == 0.0f || restarted || (driven && magnitude(now->value - before->value) <= change));
    require(elapsed_us == 0 || !(velocity >= 5.0f && now->value > 0.0f));
    require(elapsed_us == 0 || !(velocity <= -5.0f && now->value < 0.0f));
}

static void check_stop(const sq_output *before, const sq_output *now, float position, bool supplied) {
    require(before->kind == SQ_OUTPUT_TARGET || now->kind <= before->kind);
    if (now->kind != SQ_OUTPUT_HOLD) return;
    require(sq_is_finite(now->value) && now->max_effort >= 0.75f && now->max_effort <= 3.0f);
    if (before->kind == SQ_OUTPUT_HOLD && supplied) require(now->value == before->value);
    if (before->kind == SQ_OUTPUT_HOLD && !supplied) require(now->value == before->value || now->value == position);
    if (before->kind == SQ_OUTPUT_HOLD) require(now->max_effort == before->max_effort || now->max_effort == 3.0f);
}

static void check_outputs(const sq_bridge *bridge, const sq_output *outputs, const sq_measurement *measured, uint64_t now_us) {
    const uint64_t elapsed_us = now_us - seen.tick_us;
    for (int i = 0; i < JOINTS; i++) {
        const sq_output *before = &seen.outputs[i];
        const sq_output *now = &outputs[i];
        if (measured->emergency_stop && !(bridge->state == SQ_ARMED)) require(now->kind == SQ_OUTPUT_TORQUE_OFF);
        if (now->kind != SQ_OUTPUT_TARGET) {
            if (bridge->state != SQ_ARMED) check_stop(before, now, measured->position[i], measured->supply_v >= robot.min_supply_v);
            continue;
        }
        require(bridge->state == SQ_ARMED && sq_is_finite(now->value) && now->max_effort == joints[i].max_effort);
        require(now_us - seen.received_us <= SILENCE_US && !measured->emergency_stop && !seen.disengages);
        if (i == 0) check_position(before, now, elapsed_us);
        else check_effort(before, now, measured->velocity[1], elapsed_us);
    }
    if (outputs[0].kind == SQ_OUTPUT_TARGET) seen.restarts = false;
    seen.position = measured->position[0];
    memcpy(seen.outputs, outputs, sizeof seen.outputs);
    seen.tick_us = now_us;
}

static void tick(sq_bridge *bridge, const uint8_t *bytes, size_t size, uint64_t *now_us) {
    sq_output outputs[SQ_MAX_JOINTS];
    static sq_measurement measured;
    memset(&measured, 0, sizeof measured);
    measured.supply_v = 12;
    if (size >= 1) *now_us += (uint64_t)bytes[0] * 40u;
    if (size >= 2 && bytes[1] > 250) *now_us += 60000u;
    if (size >= 10) memcpy(measured.position, bytes + 2, 8);
    if (size >= 18) memcpy(measured.velocity, bytes + 10, 8);
    if (size >= 19) measured.driver_fault = bytes[18] == 1;
    if (size >= 20) measured.driver_fault_joint = bytes[19];
    if (size >= 21) measured.temperature_count = bytes[20];
    if (size >= 22) measured.emergency_stop = bytes[21] == 1;
    if (size >= 23) measured.supply_v = (float)bytes[22];
    if (size >= 27) memcpy(measured.effort, bytes + 23, 4);
    sq_bridge_tick(bridge, &measured, *now_us, outputs);
    require(seen.state != SQ_STOPPED || bridge->state == SQ_STOPPED);
    require(bridge->state != SQ_ARMED || seen.state == SQ_ARMED);
    seen.state = bridge->state;
    check_outputs(bridge, outputs, &measured, *now_us);
}

static void heartbeat(sq_bridge *bridge, bool engaged, uint64_t now_us) {
    softqd_v1_LinkToBoard message = {.which_message = softqd_v1_LinkToBoard_heartbeat_tag};
    message.message.heartbeat.sequence = bridge->heartbeat_sequence + 1u;
    message.message.heartbeat.engaged = engaged;
    send(bridge, &message, now_us);
}

static void arm(sq_bridge *bridge, uint64_t now_us) {
    softqd_v1_LinkToBoard message = {.which_message = softqd_v1_LinkToBoard_arm_tag};
    heartbeat(bridge, true, now_us);
    message.message.arm.session = bridge->session;
    message.message.arm.limits_hash = bridge->limits_hash;
    send(bridge, &message, now_us);
}

static void command(sq_bridge *bridge, const uint8_t *bytes, size_t size, uint64_t now_us) {
    softqd_v1_LinkToBoard message = {.which_message = softqd_v1_LinkToBoard_command_tag};
    softqd_v1_LinkCommand *out = &message.message.command;
    out->sequence = bridge->command_sequence + 1u;
    out->mode = size >= 9 && bytes[8] == 2 ? softqd_v1_LinkCommandMode_LINK_COMMAND_MODE_STOP : softqd_v1_LinkCommandMode_LINK_COMMAND_MODE_TARGETS;
    out->valid_for_ms = 90;
    if (out->mode == softqd_v1_LinkCommandMode_LINK_COMMAND_MODE_TARGETS) out->target_rad_or_m_or_per_s_or_nm_or_n_count = JOINTS;
    if (size >= 8) memcpy(out->target_rad_or_m_or_per_s_or_nm_or_n, bytes, 8);
    heartbeat(bridge, true, now_us);
    send(bridge, &message, now_us);
}

static void stop(sq_bridge *bridge, const uint8_t *bytes, size_t size, uint64_t now_us) {
    softqd_v1_LinkToBoard message = {.which_message = softqd_v1_LinkToBoard_disarm_tag};
    if (size >= 1 && bytes[0] == 0) {
        message.which_message = softqd_v1_LinkToBoard_clear_fault_tag;
        message.message.clear_fault.session = bridge->session;
    } else if (size >= 1 && bytes[0] == 1) {
        heartbeat(bridge, false, now_us);
        return;
    } else if (size >= 5) {
        message.message.disarm.stops_count = JOINTS;
        for (size_t i = 0; i < JOINTS; i++) {
            softqd_v1_LinkJointStop *out = &message.message.disarm.stops[i];
            out->mode = (softqd_v1_LinkStopMode)(bytes[1 + i] % 5u);
            out->hold_ms = (uint32_t)bytes[3] * 4u;
            out->then = (softqd_v1_LinkStopMode)(bytes[4] % 5u);
            out->max_hold_temperature_c = 60;
        }
    }
    send(bridge, &message, now_us);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static sq_bridge bridge;
    uint8_t frame[SQ_MAX_FRAME];
    uint64_t now_us = 1000;
    softqd_v1_LinkToBoard hello = {.which_message = softqd_v1_LinkToBoard_hello_tag};
    hello.message.hello.protocol_version = SQ_PROTOCOL_VERSION;
    memset(&seen, 0, sizeof seen);
    sq_frame_decoder_init(&seen.decoder);
    seen.state = SQ_DISARMED;
    seen.tick_us = now_us;
    sq_bridge_init(&bridge, &robot, SQ_REASON_NONE, now_us);
    send(&bridge, &hello, now_us);
    while (size >= 2) {
        const uint8_t what = data[0] & 7u;
        const size_t length = data[1] < size - 2 ? data[1] : size - 2;
        const uint8_t *bytes = data + 2;
        if (what == 0) receive(&bridge, bytes, length, now_us);
        if (what == 1) receive(&bridge, frame, sq_frame_encode(bytes, length, frame, sizeof frame), now_us);
        if (what == 2 || what == 5 || what == 6) tick(&bridge, bytes, length, &now_us);
        if (what == 3) arm(&bridge, now_us);
        if (what == 4) command(&bridge, bytes, length, now_us);
        if (what == 7) stop(&bridge, bytes, length, now_us);
        while (sq_bridge_transmit(&bridge, frame, sizeof frame, now_us) > 0) continue;
        data += 2 + length;
        size -= 2 + length;
    }
    return 0;
}
