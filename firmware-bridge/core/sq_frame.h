#ifndef SQ_FRAME_H
#define SQ_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One message on the wire: 00 COBS(payload, CRC-32 little-endian) 00. The payload has 1 to SQ_MAX_PAYLOAD bytes.
 * The decoder stays within its buffer for any input; a corrupt or too long frame is dropped and counted.
 */
#define SQ_MAX_PAYLOAD 1152u
#define SQ_CRC_BYTES 4u
#define SQ_MAX_PLAIN (SQ_MAX_PAYLOAD + SQ_CRC_BYTES)
#define SQ_MAX_ENCODED (SQ_MAX_PLAIN + (SQ_MAX_PLAIN + 253u) / 254u)
/* With both delimiters. */
#define SQ_MAX_FRAME (SQ_MAX_ENCODED + 2u)

typedef struct {
    uint32_t frames;
    uint32_t too_long;
    uint32_t not_cobs;
    uint32_t too_short;
    uint32_t wrong_crc;
} sq_frame_counters;

typedef struct {
    uint8_t buffer[SQ_MAX_ENCODED];
    size_t length;
    bool skipping;
    sq_frame_counters counters;
} sq_frame_decoder;

void sq_frame_decoder_init(sq_frame_decoder *decoder);

/* Processes one received byte. Returns the length of the payload that it completes, which is then at the start of decoder->buffer until the next call; else 0. */
size_t sq_frame_push(sq_frame_decoder *decoder, uint8_t byte);

/* Number of dropped frames, for any reason. */
uint32_t sq_frame_dropped(const sq_frame_counters *counters);

/* Writes the frame of a payload and returns its length; 0 when the payload is empty, too long, or does not fit `capacity`. */
size_t sq_frame_encode(const uint8_t *payload, size_t length, uint8_t *frame, size_t capacity);

/* COBS without delimiters. The encoder needs room for length + length / 254 + 1; the decoder works in place and returns false for invalid COBS. */
size_t sq_cobs_encode(const uint8_t *plain, size_t length, uint8_t *encoded);
bool sq_cobs_decode_in_place(uint8_t *bytes, size_t *length);

#endif
