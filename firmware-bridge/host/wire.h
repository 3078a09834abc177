#ifndef HOST_WIRE_H
#define HOST_WIRE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "sq_bridge.h"

/* The byte stream to the host computer: a pseudo-terminal, or standard input and output, at the pace of a baud rate (0: unlimited). */
typedef struct {
    int in;
    int out;
    uint32_t baud;
    /* Bytes that the wire may carry now, in either direction. */
    double may_receive;
    double may_send;
    uint8_t frame[SQ_MAX_FRAME];
    size_t frame_length;
    size_t frame_sent;
    /* The last read returned as many bytes as the wire allowed. */
    bool more_to_receive;
} host_wire;

/* Opens a pseudo-terminal in raw mode, prints `pty PATH` and returns its master. Exits on failure. */
int host_open_pty(void);

/* Lets the wire carry the bytes of this time. */
void host_wire_advance(host_wire *wire, uint64_t elapsed_us);

/* The longest sleep: until the wire has carried half a FIFO more where bytes are pending, else 1 s. */
struct timespec host_wire_max_sleep(const host_wire *wire);

/* Passes received bytes to the bridge. Returns false at the end of the input. */
bool host_wire_receive(host_wire *wire, sq_bridge *bridge, uint64_t now);

/* Sends the frames of the bridge; every reading is written to `ground_truth` (may be NULL). */
void host_wire_transmit(host_wire *wire, sq_bridge *bridge, FILE *ground_truth, uint64_t now);

/* Prints the failed call and errno, and exits with status 1. */
void host_fail(const char *what);

#endif
