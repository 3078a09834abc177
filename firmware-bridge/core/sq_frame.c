#include "sq_frame.h"

#include <string.h>

#include "sq_crc32.h"

void sq_frame_decoder_init(sq_frame_decoder *decoder) { memset(decoder, 0, sizeof *decoder); }

uint32_t sq_frame_dropped(const sq_frame_counters *counters) {
    return counters->too_long + counters->not_cobs + counters->too_short + counters->wrong_crc;
}

static uint32_t read_u32(const uint8_t *at) {
    return (uint32_t)at[0] | ((uint32_t)at[1] << 8) | ((uint32_t)at[2] << 16) | ((uint32_t)at[3] << 24);
}

static size_t finish(sq_frame_decoder *decoder) {
    size_t length = decoder->length;
    decoder->length = 0;
    if (decoder->skipping) {
        decoder->skipping = false;
        return 0;
    }
    if (length == 0) return 0;
    if (!sq_cobs_decode_in_place(decoder->buffer, &length)) {
        decoder->counters.not_cobs++;
        return 0;
    }
    if (length <= SQ_CRC_BYTES) {
        decoder->counters.too_short++;
        return 0;
    }
    length -= SQ_CRC_BYTES;
    if (length > SQ_MAX_PAYLOAD) {
        decoder->counters.too_long++;
        return 0;
    }
    if (sq_crc32(0, decoder->buffer, length) != read_u32(decoder->buffer + length)) {
        decoder->counters.wrong_crc++;
        return 0;
    }
    decoder->counters.frames++;
    return length;
}

size_t sq_frame_push(sq_frame_decoder *decoder, uint8_t byte) {
    if (byte == 0) return finish(decoder);
    if (decoder->skipping) return 0;
    if (decoder->length == sizeof decoder->buffer) {
        decoder->counters.too_long++;
        decoder->skipping = true;
        decoder->length = 0;
        return 0;
    }
    decoder->buffer[decoder->length++] = byte;
    return 0;
}

size_t sq_cobs_encode(const uint8_t *plain, size_t length, uint8_t *encoded) {
    size_t code_at = 0;
    size_t write = 1;
    uint8_t code = 1;
    for (size_t read = 0; read < length; read++) {
        if (plain[read] != 0) {
            encoded[write++] = plain[read];
            code++;
        }
        if (plain[read] == 0 || (code == 0xff && read + 1 < length)) {
            encoded[code_at] = code;
            code_at = write++;
            code = 1;
        }
    }
    encoded[code_at] = code;
    return write;
}

bool sq_cobs_decode_in_place(uint8_t *bytes, size_t *length) {
    const size_t end = *length;
    size_t read = 0;
    size_t write = 0;
    if (end == 0) return false;
    while (read < end) {
        const uint8_t code = bytes[read++];
        if (code == 0 || (size_t)(code - 1) > end - read) return false;
        for (uint8_t i = 1; i < code; i++) {
            if (bytes[read] == 0) return false;
            bytes[write++] = bytes[read++];
        }
        /* In place: write never overtakes read, because every group begins with a code byte. */
        if (code != 0xff && read < end) bytes[write++] = 0;
    }
    *length = write;
    return true;
}

size_t sq_frame_encode(const uint8_t *payload, size_t length, uint8_t *frame, size_t capacity) {
    /* The frame is built around a copy of the payload at the end of `frame`, so that no second buffer is needed. */
    if (length == 0 || length > SQ_MAX_PAYLOAD) return 0;
    const size_t plain = length + SQ_CRC_BYTES;
    const size_t needed = plain + (plain + 253u) / 254u + 2u;
    if (capacity < needed) return 0;
    uint8_t *copy = frame + needed - plain;
    const uint32_t crc = sq_crc32(0, payload, length);
    memmove(copy, payload, length);
    for (size_t i = 0; i < SQ_CRC_BYTES; i++) copy[length + i] = (uint8_t)(crc >> (8 * i));
    frame[0] = 0;
    /* Reading ahead of writing: the encoder has written at most one byte a group more than it has read. */
    const size_t encoded = sq_cobs_encode(copy, plain, frame + 1);
    frame[1 + encoded] = 0;
    return encoded + 2;
}
