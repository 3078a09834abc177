#ifndef SQ_CRC32_H
#define SQ_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32/ISO-HDLC, the one of Ethernet and zip. Start with 0; pass the returned value for the next bytes. */
uint32_t sq_crc32(uint32_t crc, const uint8_t *bytes, size_t length);

#endif
