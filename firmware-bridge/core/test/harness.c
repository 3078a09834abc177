#include "harness.h"

#include <math.h>
#include <string.h>

#include "pb_decode.h"
#include "pb_encode.h"
#include "test.h"

sq_bridge bridge;
sq_measurement measured;
sq_output outputs[SQ_MAX_JOINTS];
uint64_t now_us;
softqd_v1_LinkFromBoard heard;

static uint32_t heartbeat_sequence;
static uint32_t command_sequence;
static float last_targets[2];

static const sq_joint joints[2] = {
    {"shoulder", SQ_TARGET_POSITION, {SQ_STOP_HOLD, 2000, SQ_STOP_DAMP, 60}, -1.5f, 1.5f, 2.0f, 20.0f, SQ_NO_LIMIT, 3.0f, 100.0f},
    {"wheel", SQ_TARGET_VELOCITY, {SQ_STOP_DAMP, 0, SQ_STOP_DAMP, 60}, -SQ_NO_LIMIT, SQ_NO_LIMIT, 5.0f, 50.0f, SQ_NO_LIMIT, 1.0f, 100.0f},
};

const sq_robot harness_robot = {
    .firmware_version = "0.1.0",
    .board = "harness",
    .joints = joints,
    .joint_count = 2,
    .min_supply_v = 10,
    .max_supply_v = 14,
    .max_temperature_c = 70,
    .position_margin = 0.1f,
    .velocity_factor = 1.5f,
    .max_tick_us = 5000,
};

void harness_boot(sq_reason reason) {
    now_us = 1000000;
    memset(&measured, 0, sizeof measured);
    measured.supply_v = 12;
    measured.temperature_count = 2;
    measured.temperature_c[0] = 30;
    measured.temperature_c[1] = 31;
    measured.position[0] = 0.25f;
    heartbeat_sequence = 0;
    command_sequence = 0;
    sq_bridge_init(&bridge, &harness_robot, reason, now_us);
}

void harness_send(const softqd_v1_LinkToBoard *message) {
    uint8_t payload[SQ_MAX_PAYLOAD];
    uint8_t frame[SQ_MAX_FRAME];
    pb_ostream_t stream = pb_ostream_from_buffer(payload, sizeof payload);
    CHECK(pb_encode(&stream, softqd_v1_LinkToBoard_fields, message));
    sq_bridge_receive(&bridge, frame, sq_frame_encode(payload, stream.bytes_written, frame, sizeof frame), now_us);
}

void harness_hello(uint32_t session) {
    softqd_v1_LinkToBoard message = {.which_message = softqd_v1_LinkToBoard_hello_tag};
    message.message.hello.protocol_version = SQ_PROTOCOL_VERSION;
    message.message.hello.session = session;
    harness_send(&message);
}

void harness_heartbeat(bool engaged) {
    softqd_v1_LinkToBoard message = {.which_message = softqd_v1_LinkToBoard_heartbeat_tag};
    message.message.heartbeat.sequence = ++heartbeat_sequence;
    message.message.heartbeat.engaged = engaged;
    harness_send(&message);
}

void harness_command(float first, float second) {
    softqd_v1_LinkToBoard message = {.which_message = softqd_v1_LinkToBoard_command_tag};
    softqd_v1_LinkCommand *command = &message.message.command;
    last_targets[0] = first;
    last_targets[1] = second;
    command->sequence = ++command_sequence;
    command->mode = softqd_v1_LinkCommandMode_LINK_COMMAND_MODE_TARGETS;
    command->valid_for_ms = 50;
    command->target_rad_or_m_or_per_s_or_nm_or_n_count = 2;
    command->target_rad_or_m_or_per_s_or_nm_or_n[0] = first;
    command->target_rad_or_m_or_per_s_or_nm_or_n[1] = second;
    harness_send(&message);
}

void harness_arm(void) {
    softqd_v1_LinkToBoard message = {.which_message = softqd_v1_LinkToBoard_arm_tag};
    message.message.arm.session = bridge.session;
    message.message.arm.limits_hash = sq_limits_hash(joints, 2);
    harness_send(&message);
}

void harness_disarm(void) {
    softqd_v1_LinkToBoard message = {.which_message = softqd_v1_LinkToBoard_disarm_tag};
    harness_send(&message);
}

void harness_disarm_to(const sq_joint_stop *stops, size_t count) {
    softqd_v1_LinkToBoard message = {.which_message = softqd_v1_LinkToBoard_disarm_tag};
    message.message.disarm.stops_count = (pb_size_t)count;
    for (size_t i = 0; i < count; i++) {
        softqd_v1_LinkJointStop *stop = &message.message.disarm.stops[i];
        stop->mode = (softqd_v1_LinkStopMode)stops[i].mode;
        stop->hold_ms = stops[i].hold_ms;
        stop->then = (softqd_v1_LinkStopMode)stops[i].then;
        stop->max_hold_temperature_c = stops[i].max_hold_temperature_c;
    }
    harness_send(&message);
}

void harness_clear_fault(void) {
    softqd_v1_LinkToBoard message = {.which_message = softqd_v1_LinkToBoard_clear_fault_tag};
    message.message.clear_fault.session = bridge.session;
    harness_send(&message);
}

void harness_tick(void) {
    now_us += 1000;
    sq_bridge_tick(&bridge, &measured, now_us, outputs);
}

void harness_run_ms(int ms) {
    for (int i = 0; i < ms; i++) {
        if (i % 20 == 0) harness_heartbeat(true);
        if (i % 10 == 0) harness_command(last_targets[0], last_targets[1]);
        harness_tick();
    }
}

void harness_ready(void) {
    harness_boot(SQ_REASON_NONE);
    harness_hello(7);
    harness_tick();
    harness_heartbeat(true);
    harness_arm();
    CHECK(bridge.state == SQ_ARMED);
    while (harness_hear()) continue;
    last_targets[0] = measured.position[0];
    last_targets[1] = 0;
}

bool harness_hear(void) {
    uint8_t frame[SQ_MAX_FRAME];
    static sq_frame_decoder decoder;
    const size_t length = sq_bridge_transmit(&bridge, frame, sizeof frame, now_us);
    if (length == 0) return false;
    size_t payload = 0;
    sq_frame_decoder_init(&decoder);
    for (size_t i = 0; i < length; i++) {
        const size_t got = sq_frame_push(&decoder, frame[i]);
        if (got > 0) payload = got;
    }
    CHECK(payload > 0);
    pb_istream_t stream = pb_istream_from_buffer(decoder.buffer, payload);
    CHECK(pb_decode(&stream, softqd_v1_LinkFromBoard_fields, &heard));
    return true;
}

bool harness_hear_kind(pb_size_t which) {
    while (harness_hear())
        if (heard.which_message == which) return true;
    return false;
}

void harness_push(float lead, float effort) {
    harness_ready();
    harness_command(0.25f + lead, 0.0f);
    harness_run_ms(600);
    CHECK(fabsf(outputs[0].value - (0.25f + lead)) <= 1e-6f && outputs[0].kind == SQ_OUTPUT_TARGET && outputs[0].max_effort == 3.0f);
    measured.effort[0] = effort;
    harness_tick();
}
