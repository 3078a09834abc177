#ifndef SQ_FRAME_H
#define SQ_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One message on the line: 00 COBS(payload, CRC-32 little-endian) 00. The payload has 1 to SQ_MAXIMUM_PAYLOAD bytes.
 * Whatever arrives, the decoder stays within its buffer; a damaged or too long frame is dropped and counted.
 */
#define SQ_MAXIMUM_PAYLOAD 1024u
#define SQ_CRC_BYTES 4u
#define SQ_MAXIMUM_PLAIN (SQ_MAXIMUM_PAYLOAD + SQ_CRC_BYTES)
#define SQ_MAXIMUM_ENCODED (SQ_MAXIMUM_PLAIN + (SQ_MAXIMUM_PLAIN + 253u) / 254u)
/* With both delimiters. */
#define SQ_MAXIMUM_FRAME (SQ_MAXIMUM_ENCODED + 2u)

typedef struct {
    uint32_t frames;
    uint32_t too_long;
    uint32_t not_cobs;
    uint32_t too_short;
    uint32_t wrong_crc;
} sq_frame_counters;

typedef struct {
    uint8_t buffer[SQ_MAXIMUM_ENCODED];
    size_t length;
    bool skipping;
    sq_frame_counters counters;
} sq_frame_decoder;

void sq_frame_decoder_init(sq_frame_decoder *decoder);

/* Takes one byte of the line. Returns the length of the payload that it completes, which then stands at the start of decoder->buffer until the next call; else 0. */
size_t sq_frame_push(sq_frame_decoder *decoder, uint8_t byte);

/* All frames that were dropped, for whatever cause. */
uint32_t sq_frame_dropped(const sq_frame_counters *counters);

/* Writes the frame of a payload and returns its length; 0 when the payload is empty, too long, or does not fit `capacity`. */
size_t sq_frame_encode(const uint8_t *payload, size_t length, uint8_t *frame, size_t capacity);

/* COBS without delimiters. The encoder wants room for length + length / 254 + 1; the decoder works in place and returns false for what is no COBS. */
size_t sq_cobs_encode(const uint8_t *plain, size_t length, uint8_t *encoded);
bool sq_cobs_decode_in_place(uint8_t *bytes, size_t *length);

#endif
