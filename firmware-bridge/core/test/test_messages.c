#include <string.h>

#include "pb_decode.h"
#include "pb_encode.h"
#include "softqd/v1/link.pb.h"
#include "sq_frame.h"
#include "test.h"
#include "vectors.h"

static union {
    softqd_v1_LinkToBoard to;
    softqd_v1_LinkFromBoard from;
} message;

static bool comes_back(const pb_msgdesc_t *fields, const byte_vector *vector) {
    uint8_t bytes[SQ_MAX_PAYLOAD];
    pb_istream_t in = pb_istream_from_buffer(vector->bytes, vector->length);
    if (!pb_decode(&in, fields, &message)) return false;
    pb_ostream_t out = pb_ostream_from_buffer(bytes, sizeof bytes);
    if (!pb_encode(&out, fields, &message)) return false;
    return out.bytes_written == vector->length && memcmp(bytes, vector->bytes, vector->length) == 0;
}

static void vectors_in_both_directions(void) {
    for (size_t i = 0; i < sizeof to_board_vectors / sizeof to_board_vectors[0]; i++)
        CHECK(comes_back(softqd_v1_LinkToBoard_fields, &to_board_vectors[i]));
    for (size_t i = 0; i < sizeof from_board_vectors / sizeof from_board_vectors[0]; i++)
        CHECK(comes_back(softqd_v1_LinkFromBoard_fields, &from_board_vectors[i]));
}

static const byte_vector *named(const char *name) {
    for (size_t i = 0; i < sizeof to_board_vectors / sizeof to_board_vectors[0]; i++)
        if (strcmp(to_board_vectors[i].name, name) == 0) return &to_board_vectors[i];
    for (size_t i = 0; i < sizeof from_board_vectors / sizeof from_board_vectors[0]; i++)
        if (strcmp(from_board_vectors[i].name, name) == 0) return &from_board_vectors[i];
    return NULL;
}

static void vectors_mean_the_same_as_to_the_host(void) {
    const byte_vector *command = named("command with two targets");
    pb_istream_t in = pb_istream_from_buffer(command->bytes, command->length);
    CHECK(pb_decode(&in, softqd_v1_LinkToBoard_fields, &message));
    CHECK(message.to.which_message == softqd_v1_LinkToBoard_command_tag);
    CHECK(message.to.message.command.sequence == 1 && message.to.message.command.valid_for_ms == 100);
    CHECK(message.to.message.command.target_rad_or_m_or_per_s_or_nm_or_n_count == 2);
    CHECK(message.to.message.command.target_rad_or_m_or_per_s_or_nm_or_n[1] == -1.25f);

    const byte_vector *reading = named("reading while armed");
    in = pb_istream_from_buffer(reading->bytes, reading->length);
    CHECK(pb_decode(&in, softqd_v1_LinkFromBoard_fields, &message));
    CHECK(message.from.message.reading.device_time_us == 5000000000u);
    CHECK(message.from.message.reading.position_rad_or_m[0] == 1.5f && message.from.message.reading.temperature_c[1] == 32.5f);
    CHECK(message.from.message.reading.state == softqd_v1_LinkState_LINK_STATE_ARMED);

    const byte_vector *refused = named("status, refused");
    in = pb_istream_from_buffer(refused->bytes, refused->length);
    CHECK(pb_decode(&in, softqd_v1_LinkFromBoard_fields, &message));
    CHECK(message.from.message.status.refusal == softqd_v1_LinkRefusal_LINK_REFUSAL_UNHEALTHY);
    CHECK(message.from.message.status.stop_reason == softqd_v1_LinkStopReason_LINK_STOP_REASON_OVERTEMPERATURE);
    CHECK(message.from.message.status.joint == 1 && message.from.message.status.session == 0xffffffffu);
}

static void no_message_is_longer_than_a_frame(void) {
    CHECK(softqd_v1_LinkToBoard_size <= SQ_MAX_PAYLOAD);
    CHECK(softqd_v1_LinkFromBoard_size <= SQ_MAX_PAYLOAD);
}

void test_messages(void) {
    sq_test_run("message vectors in both directions", vectors_in_both_directions);
    sq_test_run("message vectors decode to the same values as on the host", vectors_mean_the_same_as_to_the_host);
    sq_test_run("no message is longer than a frame", no_message_is_longer_than_a_frame);
}
