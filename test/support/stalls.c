/* Records the stalls of this machine: a thread on any CPU sleeps to absolute deadlines of 1 ms and prints each wake-up that is late.
 * cc -O2 -o stalls stalls.c; ./stalls PRIORITY MIN_LATE_MS. PRIORITY: SCHED_FIFO, 0 for none. Runs until its input ends. Prints
 * {"fifo":true|false} first, then {"atNs","lateMs"} (CLOCK_MONOTONIC at the wake-up). */
#define _GNU_SOURCE
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define PERIOD_NS 1000000L

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    const struct sched_param priority = {.sched_priority = atoi(argv[1])};
    const double min_late_ms = atof(argv[2]);
    const int fifo = priority.sched_priority > 0 && sched_setscheduler(0, SCHED_FIFO, &priority) == 0;
    printf("{\"fifo\":%s}\n", fifo ? "true" : "false");
    fflush(stdout);
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    int64_t deadline = now_ns();
    while (poll(&input, 1, 0) == 0) {
        deadline += PERIOD_NS;
        const struct timespec until = {deadline / 1000000000LL, deadline % 1000000000LL};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        const int64_t at = now_ns();
        const double late_ms = (double)(at - deadline) / 1e6;
        if (late_ms > min_late_ms) {
            printf("{\"atNs\":%lld,\"lateMs\":%.3f}\n", (long long)at, late_ms);
            fflush(stdout);
        }
        /* Missed deadlines are one stall. */
        if (at > deadline) deadline += (at - deadline) / PERIOD_NS * PERIOD_NS;
    }
    return 0;
}
