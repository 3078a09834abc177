/*
 * The bridge core as a program: on a pseudo-terminal (or standard input and output) with simulated joints.
 *
 *     host-bridge [--robot pendulum-rig|servo-pair] [--stop MODE,HOLD_MS,THEN,CELSIUS]... [--stdio] [--world] [--baud N] [--tick-us N]
 *                 [--ground-truth FILE] [--relaxed-timeouts]
 *
 * Prints `pty /dev/pts/N`. --stop, once per joint in their order, replaces how the joint stops: hold, damp or torque-off; the time that it
 * holds; the mode after it; the temperature up to which it holds. --baud limits both directions to this baud rate (10 bits a byte). --ground-truth writes the values of every
 * reading. --relaxed-timeouts is for tests on a loaded machine: ticks, heartbeats and first commands may be 5 s late. Lines on standard
 * input (not with --stdio) inject faults:
 *
 *     estop [0|1]        emergency stop pressed (1, default) or released (0)
 *     supply VOLTS       supply voltage
 *     temperature C      motor temperature
 *     blind 0|1          the encoder of the first joint measures NaN
 *     hang MS            the control tick hangs for this time
 *     driver JOINT       the motor driver of this joint trips
 *
 * --world is for a program that simulates the joints: these lines come from file descriptor 3 (its end ends the program), among them
 *
 *     joints P V E ...   measured position, velocity and effort of every joint
 *
 * and the motor commands are written to file descriptor 4 whenever they change: `drives` and for every joint `torque-off`, `damp`, an
 * effort, or `hold=` and an effort. A tick may then be 250 ms late: the machine is shared with the simulation.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "robots.h"
#include "wire.h"
#include "world.h"

#define US_PER_S 1000000u
#define RELAXED_TIMEOUT_US 5000000u
#define WORLD_TICK_US 250000u
#define WORLD_IN 3
#define WORLD_OUT 4

static const sq_robot pendulum_rig = SQ_ROBOT("host", sq_pendulum_rig_joints);
static const sq_robot servo_pair = SQ_ROBOT("host", sq_servo_pair_joints);

typedef struct {
    const sq_robot *robot;
    sq_joint joints[SQ_MAX_JOINTS];
    size_t stops;
    sq_joint_stop stop[SQ_MAX_JOINTS];
    bool stdio;
    bool world;
    uint32_t baud;
    uint32_t tick_us;
    const char *ground_truth_path;
    bool relaxed_timeouts;
} options;

static volatile sig_atomic_t stop_requested;

static void on_signal(int signal_number) {
    (void)signal_number;
    stop_requested = 1;
}

static void usage(void) {
    fprintf(stderr, "host-bridge [--robot pendulum-rig|servo-pair] [--stop MODE,HOLD_MS,THEN,CELSIUS]... [--stdio] [--world] [--baud N] [--tick-us N] "
                    "[--ground-truth FILE] [--relaxed-timeouts]\n");
    exit(2);
}

static uint64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * US_PER_S + (uint64_t)now.tv_nsec / 1000u;
}

static uint32_t number(const char *text, uint32_t min, uint32_t max) {
    char *end = NULL;
    const unsigned long value = strtoul(text, &end, 10);
    if (end == text || *end != '\0' || value < min || value > max) usage();
    return (uint32_t)value;
}

static sq_stop_mode stop_mode(const char *text) {
    if (strcmp(text, "hold") == 0) return SQ_STOP_HOLD;
    if (strcmp(text, "damp") == 0) return SQ_STOP_DAMP;
    if (strcmp(text, "torque-off") != 0) usage();
    return SQ_STOP_TORQUE_OFF;
}

static sq_joint_stop parse_stop(const char *text) {
    char mode[12];
    char then[12];
    unsigned hold_ms;
    float celsius;
    if (sscanf(text, "%11[^,],%u,%11[^,],%f", mode, &hold_ms, then, &celsius) != 4) usage();
    return (sq_joint_stop){stop_mode(mode), hold_ms, stop_mode(then), celsius};
}

/* The robot with the stops of the command line, in place. */
static void replace_stops(options *chosen, sq_robot *robot) {
    if (chosen->stops > robot->joint_count) usage();
    memcpy(chosen->joints, robot->joints, robot->joint_count * sizeof *robot->joints);
    for (size_t i = 0; i < chosen->stops; i++) chosen->joints[i].stop = chosen->stop[i];
    robot->joints = chosen->joints;
}

static options parse(int count, char **arguments) {
    options chosen = {.robot = &pendulum_rig, .tick_us = 1000};
    for (int i = 1; i < count; i++) {
        const char *name = arguments[i];
        bool *flag = strcmp(name, "--stdio") == 0 ? &chosen.stdio : strcmp(name, "--world") == 0 ? &chosen.world : strcmp(name, "--relaxed-timeouts") == 0 ? &chosen.relaxed_timeouts : NULL;
        if (flag != NULL) {
            *flag = true;
            continue;
        }
        if (i + 1 >= count) usage();
        const char *value = arguments[++i];
        if (strcmp(name, "--robot") == 0 && strcmp(value, "pendulum-rig") == 0) chosen.robot = &pendulum_rig;
        else if (strcmp(name, "--robot") == 0 && strcmp(value, "servo-pair") == 0) chosen.robot = &servo_pair;
        else if (strcmp(name, "--stop") == 0 && chosen.stops < SQ_MAX_JOINTS) chosen.stop[chosen.stops++] = parse_stop(value);
        else if (strcmp(name, "--baud") == 0) chosen.baud = number(value, 1200, 100000000);
        else if (strcmp(name, "--tick-us") == 0) chosen.tick_us = number(value, 200, 10000);
        else if (strcmp(name, "--ground-truth") == 0) chosen.ground_truth_path = value;
        else usage();
    }
    return chosen;
}

static int open_ticker(uint32_t tick_us) {
    const int ticker = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct itimerspec period = {{0, (long)tick_us * 1000}, {0, (long)tick_us * 1000}};
    if (ticker < 0 || timerfd_settime(ticker, 0, &period, NULL) != 0) host_fail("timer");
    return ticker;
}

static void run(options *chosen, host_wire *wire, FILE *ground_truth) {
    static sq_bridge bridge;
    static host_world world;
    sq_output outputs[SQ_MAX_JOINTS] = {{SQ_OUTPUT_TORQUE_OFF, 0, 0}};
    sq_measurement measured;
    const int ticker = open_ticker(chosen->tick_us);
    uint64_t before = now_us();
    uint64_t wire_before = before;
    const int world_in = chosen->world ? WORLD_IN : STDIN_FILENO;
    bool reads_world = chosen->world || !chosen->stdio;
    sq_robot robot = *chosen->robot;
    replace_stops(chosen, &robot);
    sq_simulated_joints_init(&world.joints, &robot);
    /* The joints are unknown before the first line `joints`. */
    for (size_t i = 0; chosen->world && i < SQ_MAX_JOINTS; i++) world.joints.position[i] = NAN;
    if (chosen->world) robot.max_tick_us = WORLD_TICK_US;
    if (chosen->relaxed_timeouts) robot.max_tick_us = RELAXED_TIMEOUT_US;
    sq_bridge_init(&bridge, &robot, SQ_REASON_NONE, before);
    if (chosen->relaxed_timeouts) bridge.parameters[SQ_PARAMETER_HEARTBEAT_TIMEOUT_MS] = bridge.parameters[SQ_PARAMETER_FIRST_COMMAND_MS] = RELAXED_TIMEOUT_US / 1000;
    while (!stop_requested) {
        struct pollfd watched[3] = {{ticker, POLLIN, 0}, {reads_world ? world_in : -1, POLLIN, 0}, {wire->more_to_receive ? -1 : wire->in, POLLIN, 0}};
        const struct timespec sleep = host_wire_max_sleep(wire);
        if (ppoll(watched, 3, &sleep, NULL) < 0 && errno != EINTR) host_fail("poll");
        if (watched[1].revents != 0) reads_world = host_world_read(&world, world_in);
        if (chosen->world && !reads_world) return;
        const uint64_t now = now_us();
        host_wire_advance(wire, now - wire_before);
        wire_before = now;
        if (watched[2].revents != 0 || wire->more_to_receive) {
            if (!host_wire_receive(wire, &bridge, now)) stop_requested = 1;
        }
        uint64_t expirations;
        if (read(ticker, &expirations, sizeof expirations) == sizeof expirations) {
            const uint64_t elapsed = now - before < 20000 ? now - before : 20000;
            if (chosen->world) sq_simulated_joints_measure(&world.joints, &measured);
            else sq_simulated_joints_step(&world.joints, outputs, (float)elapsed * 1e-6f, &measured);
            host_world_add_faults(&world, &measured);
            sq_bridge_tick(&bridge, &measured, now, outputs);
            if (chosen->world && !host_world_write_drives(&world, outputs, WORLD_OUT)) stop_requested = 1;
            before = now;
        }
        host_wire_transmit(wire, &bridge, ground_truth, now);
    }
}

int main(int count, char **arguments) {
    options chosen = parse(count, arguments);
    static host_wire wire;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    /* The program ends with the process that started it. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    wire.baud = chosen.baud;
    if (chosen.stdio) {
        wire.in = STDIN_FILENO;
        wire.out = STDOUT_FILENO;
    } else {
        wire.in = wire.out = host_open_pty();
    }
    if (fcntl(wire.in, F_SETFL, fcntl(wire.in, F_GETFL) | O_NONBLOCK) != 0 || fcntl(wire.out, F_SETFL, fcntl(wire.out, F_GETFL) | O_NONBLOCK) != 0)
        host_fail("wire");
    FILE *ground_truth = chosen.ground_truth_path == NULL ? NULL : fopen(chosen.ground_truth_path, "w");
    if (chosen.ground_truth_path != NULL && ground_truth == NULL) host_fail(chosen.ground_truth_path);
    run(&chosen, &wire, ground_truth);
    if (ground_truth != NULL) fclose(ground_truth);
    return 0;
}
