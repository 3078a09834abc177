#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

void host_fail(const char *what) {
    fprintf(stderr, "host-bridge: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* A new pseudo-terminal echoes: raw mode first. The slave stays open, so that a client's close does not end the terminal. */
int host_open_pty(void) {
    const int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) host_fail("pseudo-terminal");
    const char *name = ptsname(master);
    const int slave = name == NULL ? -1 : open(name, O_RDWR | O_NOCTTY);
    struct termios settings;
    if (slave < 0 || tcgetattr(slave, &settings) != 0) host_fail("pseudo-terminal");
    cfmakeraw(&settings);
    if (tcsetattr(slave, TCSANOW, &settings) != 0) host_fail("pseudo-terminal");
    printf("pty %s\n", name);
    fflush(stdout);
    return master;
}

/* Bytes of a UART's FIFO: an idle wire transmits this number at once. */
#define FIFO_BYTES 16.0

static double advanced(double may, double bytes, bool busy) {
    const double max = busy ? FIFO_BYTES + bytes : FIFO_BYTES;
    return may + bytes < max ? may + bytes : max;
}

void host_wire_advance(host_wire *wire, uint64_t elapsed_us) {
    if (wire->baud == 0) {
        wire->may_receive = wire->may_send = 65536;
        return;
    }
    const double bytes = (double)elapsed_us * wire->baud / 10e6;
    wire->may_receive = advanced(wire->may_receive, bytes, wire->more_to_receive);
    wire->may_send = advanced(wire->may_send, bytes, wire->frame_sent < wire->frame_length);
}

struct timespec host_wire_max_sleep(const host_wire *wire) {
    const bool pending = wire->baud != 0 && (wire->more_to_receive || wire->frame_sent < wire->frame_length);
    const long ns = pending ? (long)(FIFO_BYTES / 2 * 10e9 / wire->baud) : 1000000000L;
    return (struct timespec){ns / 1000000000L, ns % 1000000000L};
}

bool host_wire_receive(host_wire *wire, sq_bridge *bridge, uint64_t now) {
    uint8_t bytes[4096];
    const size_t allowed = wire->may_receive < sizeof bytes ? (size_t)wire->may_receive : sizeof bytes;
    const ssize_t got = allowed == 0 ? 0 : read(wire->in, bytes, allowed);
    wire->more_to_receive = allowed == 0 || got == (ssize_t)allowed;
    if (got > 0) {
        wire->may_receive -= (double)got;
        sq_bridge_receive(bridge, bytes, (size_t)got, now);
    } else if (got < 0 && errno != EAGAIN && errno != EINTR && errno != EIO) {
        host_fail("read");
    }
    return got != 0 || allowed == 0;
}

static void write_ground_truth(FILE *ground_truth, const sq_bridge *bridge) {
    fprintf(ground_truth, "%u,%llu", bridge->reading_sequence, (unsigned long long)bridge->reading_us);
    for (size_t i = 0; i < bridge->robot->joint_count; i++)
        fprintf(ground_truth, ",%.9g,%.9g,%.9g", (double)bridge->measured.position[i], (double)bridge->measured.velocity[i], (double)bridge->measured.effort[i]);
    fputc('\n', ground_truth);
    fflush(ground_truth);
}

void host_wire_transmit(host_wire *wire, sq_bridge *bridge, FILE *ground_truth, uint64_t now) {
    while (wire->may_send >= 1) {
        if (wire->frame_sent == wire->frame_length) {
            const bool reading = bridge->reading_due;
            wire->frame_sent = 0;
            wire->frame_length = sq_bridge_transmit(bridge, wire->frame, sizeof wire->frame, now);
            if (wire->frame_length == 0) return;
            if (ground_truth != NULL && reading && !bridge->reading_due) write_ground_truth(ground_truth, bridge);
        }
        size_t length = wire->frame_length - wire->frame_sent;
        if ((double)length > wire->may_send) length = (size_t)wire->may_send;
        const ssize_t sent = write(wire->out, wire->frame + wire->frame_sent, length);
        if (sent <= 0) return;
        wire->frame_sent += (size_t)sent;
        wire->may_send -= (double)sent;
    }
}
