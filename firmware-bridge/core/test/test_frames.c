#include <string.h>

#include "sq_crc32.h"
#include "sq_frame.h"
#include "test.h"
#include "vectors.h"

static sq_frame_decoder decoder;

/* Feeds `length` bytes and returns how many frames came out; the last payload is in decoder.buffer, its length in *payload. */
static int feed(const uint8_t *bytes, size_t length, size_t *payload) {
    int frames = 0;
    for (size_t i = 0; i < length; i++) {
        const size_t got = sq_frame_push(&decoder, bytes[i]);
        if (got > 0) {
            frames++;
            *payload = got;
        }
    }
    return frames;
}

static void crc_is_the_one_of_zip(void) {
    CHECK(sq_crc32(0, (const uint8_t *)"123456789", 9) == 0xcbf43926u);
    CHECK(sq_crc32(sq_crc32(0, (const uint8_t *)"1234", 4), (const uint8_t *)"56789", 5) == 0xcbf43926u);
}

static void cobs_vectors_in_both_directions(void) {
    for (size_t i = 0; i < sizeof cobs_vectors / sizeof cobs_vectors[0]; i++) {
        const frame_vector *vector = &cobs_vectors[i];
        uint8_t bytes[1200];
        size_t length = sq_cobs_encode(vector->plain, vector->plain_length, bytes);
        CHECK(length == vector->wire_length && memcmp(bytes, vector->wire, length) == 0);
        CHECK(sq_cobs_decode_in_place(bytes, &length));
        CHECK(length == vector->plain_length && memcmp(bytes, vector->plain, length) == 0);
    }
}

static void frame_vectors_in_both_directions(void) {
    sq_frame_decoder_init(&decoder);
    for (size_t i = 0; i < sizeof frame_vectors / sizeof frame_vectors[0]; i++) {
        const frame_vector *vector = &frame_vectors[i];
        uint8_t frame[SQ_MAX_FRAME];
        const size_t length = sq_frame_encode(vector->plain, vector->plain_length, frame, sizeof frame);
        CHECK(length == vector->wire_length && memcmp(frame, vector->wire, length) == 0);
        size_t payload = 0;
        CHECK(feed(vector->wire, vector->wire_length, &payload) == 1);
        CHECK(payload == vector->plain_length && memcmp(decoder.buffer, vector->plain, payload) == 0);
    }
    CHECK(sq_frame_dropped(&decoder.counters) == 0);
}

static void no_one_byte_corruption_is_accepted(void) {
    for (size_t i = 0; i < sizeof frame_vectors / sizeof frame_vectors[0]; i++) {
        const frame_vector *vector = &frame_vectors[i];
        uint8_t frame[SQ_MAX_FRAME];
        sq_frame_decoder_init(&decoder);
        for (size_t at = 0; at < vector->wire_length; at++) {
            for (unsigned flip = 1; flip < 256; flip += vector->wire_length > 100 ? 51 : 1) {
                memcpy(frame, vector->wire, vector->wire_length);
                frame[at] ^= (uint8_t)flip;
                size_t payload = 0;
                const int frames = feed(frame, vector->wire_length, &payload) + feed((const uint8_t *)"", 1, &payload);
                /* A corrupt delimiter alone may leave the frame complete: then it is the one that was sent. */
                const bool same = frames == 1 && payload == vector->plain_length && memcmp(decoder.buffer, vector->plain, payload) == 0;
                CHECK(frames == 0 || (same && (at == 0 || at == vector->wire_length - 1)));
            }
        }
    }
}

static void too_long_frames_are_skipped_and_counted(void) {
    sq_frame_decoder_init(&decoder);
    size_t payload = 0;
    for (int i = 0; i < 5000; i++) CHECK(sq_frame_push(&decoder, 0x55) == 0);
    CHECK(decoder.counters.too_long == 1);
    CHECK(feed(frame_vectors[0].wire, frame_vectors[0].wire_length, &payload) == 1);
    CHECK(decoder.counters.too_long == 1);
    uint8_t frame[SQ_MAX_FRAME];
    uint8_t bytes[SQ_MAX_PAYLOAD + 1] = {0};
    CHECK(sq_frame_encode(bytes, sizeof bytes, frame, sizeof frame) == 0);
    CHECK(sq_frame_encode(bytes, 0, frame, sizeof frame) == 0);
    CHECK(sq_frame_encode(bytes, 100, frame, 100) == 0);
}

static void random_bytes_hold_no_frame(void) {
    sq_frame_decoder_init(&decoder);
    for (int i = 0; i < 2000000; i++) CHECK(sq_frame_push(&decoder, (uint8_t)(sq_test_random() >> 11)) == 0);
    CHECK(decoder.counters.not_cobs > 0 && decoder.counters.wrong_crc > 0 && decoder.counters.too_long > 0);
}

static void any_payload_comes_back(void) {
    uint8_t payload[SQ_MAX_PAYLOAD];
    uint8_t frame[SQ_MAX_FRAME];
    sq_frame_decoder_init(&decoder);
    for (int round = 0; round < 3000; round++) {
        const size_t length = 1 + sq_test_random() % SQ_MAX_PAYLOAD;
        const bool zeros = sq_test_random() & 1;
        for (size_t i = 0; i < length; i++) payload[i] = zeros && sq_test_random() % 3 == 0 ? 0 : (uint8_t)(sq_test_random() >> 9);
        const size_t wire = sq_frame_encode(payload, length, frame, sizeof frame);
        size_t got = 0;
        CHECK(wire > 0 && feed(frame, wire, &got) == 1);
        CHECK(got == length && memcmp(decoder.buffer, payload, length) == 0);
    }
}

void test_frames(void) {
    sq_test_run("the CRC is that of zip", crc_is_the_one_of_zip);
    sq_test_run("COBS vectors in both directions", cobs_vectors_in_both_directions);
    sq_test_run("frame vectors in both directions", frame_vectors_in_both_directions);
    sq_test_run("no one-byte corruption of a frame is accepted", no_one_byte_corruption_is_accepted);
    sq_test_run("too long frames are skipped and counted", too_long_frames_are_skipped_and_counted);
    sq_test_run("random bytes contain no frame", random_bytes_hold_no_frame);
    sq_test_run("any payload round-trips", any_payload_comes_back);
}
