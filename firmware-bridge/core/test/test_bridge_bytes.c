#include "harness.h"
#include "test.h"

#define READING softqd_v1_LinkFromBoard_reading_tag
#define STATUS softqd_v1_LinkFromBoard_status_tag

static void damaged_bytes_are_counted_and_flagged(void) {
    harness_boot(SQ_REASON_NONE);
    harness_hello(1);
    sq_bridge_receive(&bridge, (const uint8_t *)"\x01\x02\x03\x04\x05\x06\x07\x00", 8, now_us);
    harness_tick();
    CHECK(harness_hear_kind(READING) && (heard.message.reading.flags & SQ_FLAG_FRAME_DROPPED));
    harness_tick();
    harness_tick();
    CHECK(harness_hear_kind(READING) && !(heard.message.reading.flags & SQ_FLAG_FRAME_DROPPED));
    harness_disarm();
    CHECK(harness_hear_kind(STATUS) && heard.message.status.frames_dropped == 1 && heard.message.status.frames_received == 2);
}

static void random_bytes_and_random_messages_neither_crash_nor_drive(void) {
    harness_boot(SQ_REASON_NONE);
    harness_hello(1);
    for (int round = 0; round < 20000; round++) {
        uint8_t payload[64];
        uint8_t frame[SQ_MAX_FRAME];
        const size_t length = 1 + sq_test_random() % sizeof payload;
        for (size_t i = 0; i < length; i++) payload[i] = (uint8_t)(sq_test_random() >> 7);
        payload[0] = (uint8_t)((1 + sq_test_random() % 7) << 3 | 2);
        sq_bridge_receive(&bridge, frame, sq_frame_encode(payload, length, frame, sizeof frame), now_us);
        harness_tick();
        CHECK(bridge.state == SQ_DISARMED && outputs[0].kind == SQ_OUTPUT_TORQUE_OFF);
        while (harness_hear()) continue;
    }
}

void test_bridge_bytes(void) {
    sq_test_run("corrupt bytes are counted and flagged", damaged_bytes_are_counted_and_flagged);
    sq_test_run("random bytes and random messages neither crash nor drive", random_bytes_and_random_messages_neither_crash_nor_drive);
}
