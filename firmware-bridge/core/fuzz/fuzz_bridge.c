#include <stdlib.h>
#include <string.h>

#include "pb_encode.h"
#include "sq_bridge.h"

/*
 * libFuzzer: the input is a script. Each step is an operation byte, then its bytes: raw bytes, a correctly framed
 * payload, or a tick with a measurement made of the bytes. Invariants: no output drives unless armed; targets stay within limits.
 */
static const sq_joint joints[2] = {
    {"a", SQ_TARGET_POSITION, SQ_STOP_HOLD, -1.0f, 1.0f, 2.0f, 20.0f, 3.0f, 100.0f},
    {"b", SQ_TARGET_EFFORT, SQ_STOP_DAMP, -SQ_NO_LIMIT, SQ_NO_LIMIT, 5.0f, 50.0f, 1.0f, 100.0f},
};
static const sq_robot robot = {"0", "fuzz", joints, 2, 10, 14, 70, 0.1f, 1.5f, 5000};

static void require(int condition) {
    if (!condition) abort();
}

static void check_outputs(const sq_bridge *bridge, const sq_output *outputs) {
    for (int i = 0; i < 2; i++) {
        if (outputs[i].kind != SQ_OUTPUT_TARGET) continue;
        require(bridge->state == SQ_ARMED && sq_is_finite(outputs[i].value));
    }
    if (outputs[0].kind == SQ_OUTPUT_TARGET) require(outputs[0].value >= -1.1f && outputs[0].value <= 1.1f);
    if (outputs[1].kind == SQ_OUTPUT_TARGET) require(outputs[1].value >= -1.0f && outputs[1].value <= 1.0f);
}

static void send(sq_bridge *bridge, const softqd_v1_LinkToBoard *message, uint64_t now_us) {
    uint8_t payload[SQ_MAX_PAYLOAD];
    uint8_t frame[SQ_MAX_FRAME];
    pb_ostream_t stream = pb_ostream_from_buffer(payload, sizeof payload);
    require(pb_encode(&stream, softqd_v1_LinkToBoard_fields, message));
    sq_bridge_receive(bridge, frame, sq_frame_encode(payload, stream.bytes_written, frame, sizeof frame), now_us);
}

static void arm(sq_bridge *bridge, uint8_t sequence, uint64_t now_us) {
    softqd_v1_LinkToBoard message = {.which_message = softqd_v1_LinkToBoard_heartbeat_tag};
    message.message.heartbeat.sequence = bridge->heartbeat_sequence + 1u + (sequence & 1u);
    message.message.heartbeat.engaged = true;
    send(bridge, &message, now_us);
    memset(&message, 0, sizeof message);
    message.which_message = softqd_v1_LinkToBoard_arm_tag;
    message.message.arm.session = bridge->session;
    message.message.arm.limits_hash = bridge->limits_hash;
    send(bridge, &message, now_us);
}

static void tick(sq_bridge *bridge, const uint8_t *bytes, size_t size, uint64_t *now_us) {
    sq_output outputs[SQ_MAX_JOINTS];
    sq_measurement measured;
    memset(&measured, 0, sizeof measured);
    measured.supply_v = 12;
    if (size >= 1) *now_us += (uint64_t)bytes[0] * 40u;
    if (size >= 9) memcpy(measured.position, bytes + 1, 8);
    if (size >= 17) memcpy(measured.velocity, bytes + 9, 8);
    if (size >= 18) measured.driver_fault = bytes[17] == 1;
    if (size >= 19) measured.driver_fault_joint = bytes[18];
    if (size >= 20) measured.temperature_count = bytes[19];
    sq_bridge_tick(bridge, &measured, *now_us, outputs);
    check_outputs(bridge, outputs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static sq_bridge bridge;
    uint8_t frame[SQ_MAX_FRAME];
    uint64_t now_us = 1000;
    softqd_v1_LinkToBoard hello = {.which_message = softqd_v1_LinkToBoard_hello_tag};
    hello.message.hello.protocol_version = SQ_PROTOCOL_VERSION;
    sq_bridge_init(&bridge, &robot, SQ_REASON_NONE, now_us);
    send(&bridge, &hello, now_us);
    while (size >= 2) {
        const uint8_t what = data[0] & 3u;
        const size_t length = data[1] < size - 2 ? data[1] : size - 2;
        const uint8_t *bytes = data + 2;
        if (what == 0) sq_bridge_receive(&bridge, bytes, length, now_us);
        if (what == 1) sq_bridge_receive(&bridge, frame, sq_frame_encode(bytes, length, frame, sizeof frame), now_us);
        if (what == 2) tick(&bridge, bytes, length, &now_us);
        if (what == 3) arm(&bridge, data[0] >> 2, now_us);
        while (sq_bridge_transmit(&bridge, frame, sizeof frame, now_us) > 0) continue;
        data += 2 + length;
        size -= 2 + length;
    }
    return 0;
}
