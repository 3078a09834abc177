#ifndef SQ_BRIDGE_H
#define SQ_BRIDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "softqd/v1/link.pb.h"
#include "sq_frame.h"
#include "sq_limits.h"

/*
 * The device side of the bridge link: bytes from the host in, motor commands out. No I/O, no allocation, no clock: the board calls it with
 * its measurements and the time.
 *
 *     disarmed --arm--> armed --disarm--> disarmed
 *                         |
 *                         +-- any fault ------> stopped --clear fault--> disarmed
 *
 * Sends nothing before the Hello message of the host, and nothing after the host has disconnected. Moves only while armed; disarmed and
 * stopped, each joint stays in its stop mode. A stop is sticky; its reason is kept until the next successful arming.
 */
#define SQ_PROTOCOL_VERSION 2u

/*
 * Position hold, radians or meters. A held position drive gets a target at most SQ_HOLD_LEAD from its position at the stop, and at most
 * SQ_HOLD_EFFORT_FACTOR times the effort at the stop, at least SQ_HOLD_EFFORT_FLOOR of the largest; a joint that moves SQ_HOLD_SAG
 * away from its position at the stop gets its full effort back.
 */
#define SQ_HOLD_LEAD 0.04f
#define SQ_HOLD_SAG 0.05f
#define SQ_HOLD_EFFORT_FACTOR 1.3f
#define SQ_HOLD_EFFORT_FLOOR 0.25f

typedef enum {
    SQ_REASON_NONE = 0,
    SQ_REASON_HOST_DISARMED = 1,
    SQ_REASON_HEARTBEAT_LOST = 2,
    SQ_REASON_NOT_ENGAGED = 3,
    SQ_REASON_COMMAND_EXPIRED = 4,
    SQ_REASON_BAD_COMMAND = 5,
    SQ_REASON_POSITION_LIMIT = 6,
    SQ_REASON_VELOCITY_LIMIT = 7,
    SQ_REASON_UNDERVOLTAGE = 8,
    SQ_REASON_OVERVOLTAGE = 9,
    SQ_REASON_OVERTEMPERATURE = 10,
    SQ_REASON_SENSOR = 11,
    SQ_REASON_TICK_LATE = 12,
    SQ_REASON_MOTOR_DRIVER = 13,
    SQ_REASON_WATCHDOG_RESET = 14,
    SQ_REASON_EMERGENCY_STOP = 15,
    SQ_REASON_NEW_SESSION = 16,
} sq_reason;

typedef enum { SQ_DISARMED = 1, SQ_ARMED = 2, SQ_STOPPED = 3 } sq_state;

/* Constants of a board. Strings have at most 31 bytes. */
typedef struct {
    const char *firmware_version;
    const char *board;
    const sq_joint *joints;
    uint8_t joint_count;
    float min_supply_v;
    float max_supply_v;
    float max_temperature_c;
    /* The board stops when a measured position is further outside its range, or a measured velocity above max_velocity times this factor. */
    float position_margin;
    float velocity_factor;
    /* A longer time between two ticks while armed is a stop. */
    uint32_t max_tick_us;
} sq_robot;

typedef struct {
    float position[SQ_MAX_JOINTS];
    float velocity[SQ_MAX_JOINTS];
    float effort[SQ_MAX_JOINTS];
    float temperature_c[SQ_MAX_JOINTS];
    uint8_t temperature_count;
    float supply_v;
    bool emergency_stop;
    /* The motor driver of joint driver_fault_joint reports a fault. */
    bool driver_fault;
    uint8_t driver_fault_joint;
} sq_measurement;

typedef enum { SQ_OUTPUT_TORQUE_OFF = 0, SQ_OUTPUT_DAMP = 1, SQ_OUTPUT_HOLD = 2, SQ_OUTPUT_TARGET = 3 } sq_output_kind;

/*
 * HOLD: keep the position `value`. TARGET: in the joint's target mode. DAMP: short the windings. TORQUE_OFF: no torque. Where the drive can
 * limit its effort, HOLD and TARGET use at most max_effort.
 */
typedef struct {
    sq_output_kind kind;
    float value;
    float max_effort;
} sq_output;

enum { SQ_PARAMETER_READING_PERIOD_US = 0, SQ_PARAMETER_HEARTBEAT_TIMEOUT_MS = 1, SQ_PARAMETER_FIRST_COMMAND_MS = 2, SQ_PARAMETERS = 3 };

/* The complete state; its fields are private to this module and its tests. */
typedef struct {
    const sq_robot *robot;
    uint32_t limits_hash;
    sq_state state;
    sq_reason reason;
    int32_t reason_joint;
    float reason_value;

    bool session_open;
    uint32_t session;
    uint64_t last_frame_us;

    bool heartbeat_seen;
    bool engaged;
    uint32_t heartbeat_sequence;
    uint64_t heartbeat_us;

    bool command_seen;
    uint32_t command_sequence;
    bool command_stop;
    uint64_t command_deadline_us;
    /* The newest targets, when they changed, and the line on which position targets move to them from then on. */
    float target[SQ_MAX_JOINTS];
    uint64_t command_us;
    float line_start[SQ_MAX_JOINTS];
    uint64_t line_us;

    sq_limiter limiters[SQ_MAX_JOINTS];
    sq_output outputs[SQ_MAX_JOINTS];
    /* The stops that are carried out unless driving, when they began, and the positions then. */
    sq_joint_stop stops[SQ_MAX_JOINTS];
    uint64_t stop_us;
    float stop_position[SQ_MAX_JOINTS];
    /* A joint is held: the tick must not hang. */
    volatile bool holds;
    sq_measurement measured;
    bool measured_once;
    uint64_t tick_us;
    /* The low half of tick_us: one access on a 32-bit machine, so that an interrupt may read it. */
    volatile uint32_t tick_low_us;

    uint32_t flags;
    uint32_t dropped_before;
    uint32_t reading_sequence;
    uint64_t next_reading_us;
    bool reading_due;
    uint64_t reading_us;

    bool welcome_due;
    bool status_due;
    bool status_accepted;
    softqd_v1_LinkRefusal status_refusal;
    sq_reason status_reason;
    int32_t status_joint;
    float status_value;
    bool fault_due;
    uint64_t fault_us;
    bool parameters_due;
    softqd_v1_LinkRefusal parameters_refusal;
    bool log_due;
    softqd_v1_LinkLogLevel log_level;
    uint64_t log_us;
    char log_text[96];
    uint32_t log_dropped;

    float parameters[SQ_PARAMETERS];
    sq_frame_decoder decoder;
    uint32_t undecodable;
    union {
        softqd_v1_LinkToBoard in;
        softqd_v1_LinkFromBoard out;
    } message;
    uint8_t payload[SQ_MAX_PAYLOAD];
} sq_bridge;

/* `boot_reason`: SQ_REASON_WATCHDOG_RESET starts stopped and damped, SQ_REASON_NONE disarmed without torque. `robot` stays valid as long as the bridge. */
void sq_bridge_init(sq_bridge *bridge, const sq_robot *robot, sq_reason boot_reason, uint64_t now_us);

/* Bytes from the host, in chunks of any size. */
void sq_bridge_receive(sq_bridge *bridge, const uint8_t *bytes, size_t length, uint64_t now_us);

/*
 * One control tick: checks the measurement, the heartbeat and the age of the command, moves the targets within the limits, and writes
 * one output per joint. Call it at a fixed period of 1 to 10 ms.
 */
void sq_bridge_tick(sq_bridge *bridge, const sq_measurement *measurement, uint64_t now_us, sq_output *outputs);

/*
 * Whether the tick is overdue while armed or while a joint is held. Call it from an interrupt that does not depend on the tick; when it returns true, disable all
 * motor outputs and stop feeding the hardware watchdog. `now_low_us` is the low half of the time.
 */
bool sq_bridge_tick_overdue(const sq_bridge *bridge, uint32_t now_low_us);

/* Stops for a reason that the board detected; `joint` -1 for none. No effect unless armed. */
void sq_bridge_stop(sq_bridge *bridge, sq_reason reason, int32_t joint, float value, uint64_t now_us);

/* A line of at most 95 bytes for the host's log. One is stored; further ones are counted until it was sent. */
void sq_bridge_log(sq_bridge *bridge, softqd_v1_LinkLogLevel level, const char *text, uint64_t now_us);

/* Writes the next frame to send and returns its length; 0 when none is pending. `frame` has SQ_MAX_FRAME bytes. */
size_t sq_bridge_transmit(sq_bridge *bridge, uint8_t *frame, size_t capacity, uint64_t now_us);

#endif
