/*
 * The bridge's core as a program: on a pseudo-terminal (or standard input and output) with simulated joints.
 *
 *     host-bridge [--robot pendulum-rig|servo-pair] [--stdio] [--world] [--baud N] [--tick-us N] [--ground-truth FILE] [--patient]
 *
 * Prints `pty /dev/pts/N`. --baud paces both directions to the time that the bytes would take on a wire (10 bits a byte). --ground-truth writes
 * what every reading really said. --patient is for tests on a busy machine: ticks, heartbeats and first commands may be 5 s late. Lines on
 * standard input (not with --stdio) do what the world does to a robot:
 *
 *     emergency [0|1]    the emergency stop is pressed, or released
 *     supply VOLTS       the supply sags or rises
 *     temperature C      the motors get hot
 *     blind 0|1          the encoder of the first joint is lost: NaN
 *     hang MS            the control tick hangs for so long
 *     driver JOINT       the drive of this joint trips
 *
 * --world is for a program that moves the joints itself: such lines come from file descriptor 3 (its end is the end), among them
 *
 *     joints P V E ...   position, velocity and effort of every joint, as measured now
 *
 * and what the drives shall do goes to file descriptor 4 whenever it changes: `drives` and for every joint `torque-off`, `damp` or an effort.
 * A tick may be 250 ms late then: the machine is shared with that world.
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
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "robots.h"
#include "simulated_joints.h"

#define US_PER_S 1000000u
#define PATIENCE_US 5000000u
#define WORLD_TICK_US 250000u
#define WORLD_IN 3
#define WORLD_OUT 4

static const sq_robot pendulum_rig = SQ_ROBOT("host", sq_pendulum_rig_joints);
static const sq_robot servo_pair = SQ_ROBOT("host", sq_servo_pair_joints);

typedef struct {
    const sq_robot *robot;
    bool stdio;
    bool world;
    uint32_t baud;
    uint32_t tick_us;
    const char *truth_path;
    bool patient;
} options;

typedef struct {
    int in;
    int out;
    uint32_t baud;
    /* Bytes that the wire could have carried by now, in either direction. */
    double may_receive;
    double may_send;
    uint8_t frame[SQ_MAXIMUM_FRAME];
    size_t frame_length;
    size_t frame_sent;
    /* The last read took all that the wire allowed. */
    bool more_to_receive;
} line;

static volatile sig_atomic_t stop_requested;

static void on_signal(int signal_number) {
    (void)signal_number;
    stop_requested = 1;
}

static void fail(const char *what) {
    fprintf(stderr, "host-bridge: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void usage(void) {
    fprintf(stderr, "host-bridge [--robot pendulum-rig|servo-pair] [--stdio] [--world] [--baud N] [--tick-us N] [--ground-truth FILE] [--patient]\n");
    exit(2);
}

static uint64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * US_PER_S + (uint64_t)now.tv_nsec / 1000u;
}

static uint32_t number(const char *text, uint32_t minimum, uint32_t maximum) {
    char *end = NULL;
    const unsigned long value = strtoul(text, &end, 10);
    if (end == text || *end != '\0' || value < minimum || value > maximum) usage();
    return (uint32_t)value;
}

static options parse(int count, char **arguments) {
    options chosen = {&pendulum_rig, false, false, 0, 1000, NULL, false};
    for (int i = 1; i < count; i++) {
        const char *name = arguments[i];
        bool *flag = strcmp(name, "--stdio") == 0 ? &chosen.stdio : strcmp(name, "--world") == 0 ? &chosen.world : strcmp(name, "--patient") == 0 ? &chosen.patient : NULL;
        if (flag != NULL) {
            *flag = true;
            continue;
        }
        if (i + 1 >= count) usage();
        const char *value = arguments[++i];
        if (strcmp(name, "--robot") == 0 && strcmp(value, "pendulum-rig") == 0) chosen.robot = &pendulum_rig;
        else if (strcmp(name, "--robot") == 0 && strcmp(value, "servo-pair") == 0) chosen.robot = &servo_pair;
        else if (strcmp(name, "--baud") == 0) chosen.baud = number(value, 1200, 100000000);
        else if (strcmp(name, "--tick-us") == 0) chosen.tick_us = number(value, 200, 10000);
        else if (strcmp(name, "--ground-truth") == 0) chosen.truth_path = value;
        else usage();
    }
    return chosen;
}

/* A new pseudo-terminal is cooked and echoes: raw first, and the slave stays open so that a client's close is not the end. */
static int open_pty(void) {
    const int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) fail("pseudo-terminal");
    const char *name = ptsname(master);
    const int slave = name == NULL ? -1 : open(name, O_RDWR | O_NOCTTY);
    struct termios settings;
    if (slave < 0 || tcgetattr(slave, &settings) != 0) fail("pseudo-terminal");
    cfmakeraw(&settings);
    if (tcsetattr(slave, TCSANOW, &settings) != 0) fail("pseudo-terminal");
    printf("pty %s\n", name);
    fflush(stdout);
    return master;
}

/* Bytes that a UART's FIFO holds: what an idle wire may carry at once. */
#define FIFO_BYTES 16.0

static double advanced(double may, double bytes, bool busy) {
    const double most = busy ? FIFO_BYTES + bytes : FIFO_BYTES;
    return may + bytes < most ? may + bytes : most;
}

static void advance_wire(line *wire, uint64_t elapsed_us) {
    if (wire->baud == 0) {
        wire->may_receive = wire->may_send = 65536;
        return;
    }
    const double bytes = (double)elapsed_us * wire->baud / 10e6;
    wire->may_receive = advanced(wire->may_receive, bytes, wire->more_to_receive);
    wire->may_send = advanced(wire->may_send, bytes, wire->frame_sent < wire->frame_length);
}

/* How long to sleep at most: until the wire has carried half a FIFO more, when something waits for it. */
static struct timespec longest_sleep(const line *wire) {
    const bool waits = wire->baud != 0 && (wire->more_to_receive || wire->frame_sent < wire->frame_length);
    const long ns = waits ? (long)(FIFO_BYTES / 2 * 10e9 / wire->baud) : 1000000000L;
    return (struct timespec){ns / 1000000000L, ns % 1000000000L};
}

static void receive(line *wire, sq_bridge *bridge, uint64_t now) {
    uint8_t bytes[4096];
    const size_t wanted = wire->may_receive < sizeof bytes ? (size_t)wire->may_receive : sizeof bytes;
    const ssize_t got = wanted == 0 ? 0 : read(wire->in, bytes, wanted);
    wire->more_to_receive = wanted == 0 || got == (ssize_t)wanted;
    if (got > 0) {
        wire->may_receive -= (double)got;
        sq_bridge_receive(bridge, bytes, (size_t)got, now);
    } else if (got < 0 && errno != EAGAIN && errno != EINTR && errno != EIO) {
        fail("read");
    } else if (got == 0 && wanted > 0) {
        stop_requested = 1;
    }
}

static void write_truth(FILE *truth, const sq_bridge *bridge) {
    fprintf(truth, "%u,%llu", bridge->reading_sequence, (unsigned long long)bridge->reading_us);
    for (size_t i = 0; i < bridge->robot->joint_count; i++)
        fprintf(truth, ",%.9g,%.9g,%.9g", (double)bridge->measured.position[i], (double)bridge->measured.velocity[i], (double)bridge->measured.effort[i]);
    fputc('\n', truth);
    fflush(truth);
}

static void transmit(line *wire, sq_bridge *bridge, FILE *truth, uint64_t now) {
    while (wire->may_send >= 1) {
        if (wire->frame_sent == wire->frame_length) {
            const bool reading = bridge->reading_due;
            wire->frame_sent = 0;
            wire->frame_length = sq_bridge_transmit(bridge, wire->frame, sizeof wire->frame, now);
            if (wire->frame_length == 0) return;
            if (truth != NULL && reading && !bridge->reading_due) write_truth(truth, bridge);
        }
        size_t length = wire->frame_length - wire->frame_sent;
        if ((double)length > wire->may_send) length = (size_t)wire->may_send;
        const ssize_t sent = write(wire->out, wire->frame + wire->frame_sent, length);
        if (sent <= 0) return;
        wire->frame_sent += (size_t)sent;
        wire->may_send -= (double)sent;
    }
}

typedef struct {
    sq_simulated_joints joints;
    bool emergency;
    bool blind;
    bool driver_fault;
    uint8_t driver_fault_joint;
} world;

/* Position, velocity and effort of every joint. */
static void place_joints(sq_simulated_joints *joints, const char *text) {
    for (size_t i = 0; i < joints->robot->joint_count; i++) {
        float values[3];
        for (size_t k = 0; k < 3; k++) {
            char *end = NULL;
            values[k] = strtof(text, &end);
            if (end == text) return;
            text = end;
        }
        joints->position[i] = values[0];
        joints->velocity[i] = values[1];
        joints->effort[i] = values[2];
    }
}

static void obey(world *around, const char *text) {
    float value = 0.0f;
    unsigned number_value = 0;
    if (strncmp(text, "joints ", 7) == 0) place_joints(&around->joints, text + 7);
    else if (sscanf(text, "emergency %u", &number_value) == 1) around->emergency = number_value != 0;
    else if (strncmp(text, "estop", 9) == 0) around->emergency = true;
    else if (sscanf(text, "supply %f", &value) == 1) around->joints.supply_v = value;
    else if (sscanf(text, "temperature %f", &value) == 1) around->joints.temperature_c = value;
    else if (sscanf(text, "blind %u", &number_value) == 1) around->blind = number_value != 0;
    else if (sscanf(text, "hang %u", &number_value) == 1 && number_value <= 60000) usleep(number_value * 1000u);
    else if (sscanf(text, "driver %u", &number_value) == 1 && number_value < SQ_MAX_JOINTS) {
        around->driver_fault = true;
        around->driver_fault_joint = (uint8_t)number_value;
    }
}

/* Returns false when there is nobody any more who could write. */
static bool read_world(world *around, int from) {
    static char text[1024];
    static size_t length;
    char bytes[4096];
    const ssize_t got = read(from, bytes, sizeof bytes);
    if (got == 0) return false;
    for (ssize_t i = 0; i < got; i++) {
        if (bytes[i] != '\n') {
            if (length + 1 < sizeof text) text[length++] = bytes[i];
            continue;
        }
        text[length] = '\0';
        length = 0;
        obey(around, text);
    }
    return true;
}

/* Says what the drives do when it is something else than before. */
static void write_drives(const world *around, const sq_output *outputs) {
    static char said[512];
    char text[sizeof said] = "drives";
    size_t length = strlen(text);
    for (size_t i = 0; i < around->joints.robot->joint_count && length + 32 < sizeof text; i++) {
        const char *name = outputs[i].kind == SQ_OUTPUT_TORQUE_OFF ? " limp" : " damp";
        const bool effort = outputs[i].kind == SQ_OUTPUT_HOLD || outputs[i].kind == SQ_OUTPUT_TARGET;
        const int added = effort ? snprintf(text + length, 32, " %.9g", (double)sq_simulated_joints_effort(&around->joints, i, outputs[i])) : snprintf(text + length, 32, "%s", name);
        length += (size_t)added;
    }
    if (strcmp(text, said) == 0) return;
    memcpy(said, text, sizeof said);
    text[length] = '\n';
    if (write(WORLD_OUT, text, length + 1) < 0 && errno == EPIPE) stop_requested = 1;
}

static int open_ticker(uint32_t tick_us) {
    const int ticker = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct itimerspec period = {{0, (long)tick_us * 1000}, {0, (long)tick_us * 1000}};
    if (ticker < 0 || timerfd_settime(ticker, 0, &period, NULL) != 0) fail("timer");
    return ticker;
}

static void run(const options *chosen, line *wire, FILE *truth) {
    static sq_bridge bridge;
    static world around;
    sq_output outputs[SQ_MAX_JOINTS] = {{SQ_OUTPUT_TORQUE_OFF, 0}};
    sq_measurement measured;
    const int ticker = open_ticker(chosen->tick_us);
    uint64_t before = now_us();
    uint64_t wire_before = before;
    const int world_in = chosen->world ? WORLD_IN : STDIN_FILENO;
    bool listens = chosen->world || !chosen->stdio;
    sq_simulated_joints_init(&around.joints, chosen->robot);
    /* Nothing is known of the joints before the world has told. */
    for (size_t i = 0; chosen->world && i < SQ_MAX_JOINTS; i++) around.joints.position[i] = NAN;
    sq_robot robot = *chosen->robot;
    if (chosen->world) robot.maximum_tick_us = WORLD_TICK_US;
    if (chosen->patient) robot.maximum_tick_us = PATIENCE_US;
    sq_bridge_init(&bridge, &robot, SQ_REASON_NONE, before);
    if (chosen->patient) bridge.parameters[SQ_PARAMETER_HEARTBEAT_TIMEOUT_MS] = bridge.parameters[SQ_PARAMETER_FIRST_COMMAND_MS] = PATIENCE_US / 1000;
    while (!stop_requested) {
        struct pollfd watched[3] = {{ticker, POLLIN, 0}, {listens ? world_in : -1, POLLIN, 0}, {wire->more_to_receive ? -1 : wire->in, POLLIN, 0}};
        const struct timespec sleep = longest_sleep(wire);
        if (ppoll(watched, 3, &sleep, NULL) < 0 && errno != EINTR) fail("poll");
        if (watched[1].revents != 0) listens = read_world(&around, world_in);
        if (chosen->world && !listens) return;
        const uint64_t now = now_us();
        advance_wire(wire, now - wire_before);
        wire_before = now;
        if (watched[2].revents != 0 || wire->more_to_receive) receive(wire, &bridge, now);
        uint64_t expirations;
        if (read(ticker, &expirations, sizeof expirations) == sizeof expirations) {
            const uint64_t elapsed = now - before < 20000 ? now - before : 20000;
            if (chosen->world) sq_simulated_joints_measure(&around.joints, &measured);
            else sq_simulated_joints_step(&around.joints, outputs, (float)elapsed * 1e-6f, &measured);
            measured.emergency_stop = around.emergency;
            measured.driver_fault = around.driver_fault;
            measured.driver_fault_joint = around.driver_fault_joint;
            if (around.blind) measured.position[0] = NAN;
            sq_bridge_tick(&bridge, &measured, now, outputs);
            if (chosen->world) write_drives(&around, outputs);
            before = now;
        }
        transmit(wire, &bridge, truth, now);
    }
}

int main(int count, char **arguments) {
    const options chosen = parse(count, arguments);
    static line wire;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    /* A program that started this one and died leaves no board behind. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    wire.baud = chosen.baud;
    if (chosen.stdio) {
        wire.in = STDIN_FILENO;
        wire.out = STDOUT_FILENO;
    } else {
        wire.in = wire.out = open_pty();
    }
    if (fcntl(wire.in, F_SETFL, fcntl(wire.in, F_GETFL) | O_NONBLOCK) != 0 || fcntl(wire.out, F_SETFL, fcntl(wire.out, F_GETFL) | O_NONBLOCK) != 0)
        fail("line");
    FILE *truth = chosen.truth_path == NULL ? NULL : fopen(chosen.truth_path, "w");
    if (chosen.truth_path != NULL && truth == NULL) fail(chosen.truth_path);
    run(&chosen, &wire, truth);
    if (truth != NULL) fclose(truth);
    return 0;
}
