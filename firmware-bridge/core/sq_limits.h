#ifndef SQ_LIMITS_H
#define SQ_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SQ_MAX_JOINTS 12u

/* Numbers as in link.proto. */
typedef enum { SQ_TARGET_POSITION = 1, SQ_TARGET_VELOCITY = 2, SQ_TARGET_EFFORT = 3 } sq_target_mode;
typedef enum { SQ_STOP_HOLD = 1, SQ_STOP_DAMP = 2, SQ_STOP_TORQUE_OFF = 3 } sq_stop_mode;

/* How a joint stops: `mode`; SQ_STOP_HOLD changes to `then` after hold_ms, and at once when it is hotter than max_hold_temperature_c. */
typedef struct {
    sq_stop_mode mode;
    uint32_t hold_ms;
    sq_stop_mode then;
    float max_hold_temperature_c;
} sq_joint_stop;

/* A joint and the limits that apply to every request of the host; SQ_NO_LIMIT (either sign) where there is none. Radians or meters, N m or N. */
#define SQ_NO_LIMIT 1e9f
typedef struct {
    const char *name; /* at most 23 bytes */
    sq_target_mode target_mode;
    sq_joint_stop stop;
    float min_position;
    float max_position;
    float max_velocity;
    float max_acceleration;
    /* Of a position target from the measured joint. */
    float max_distance;
    float max_effort;
    float max_effort_rate;
} sq_joint;

/* Bits of a reading's flags, as in link.proto. */
enum {
    SQ_FLAG_POSITION_CLIPPED = 1,
    SQ_FLAG_VELOCITY_CLIPPED = 2,
    SQ_FLAG_ACCELERATION_CLIPPED = 4,
    SQ_FLAG_EFFORT_CLIPPED = 8,
    SQ_FLAG_FRAME_DROPPED = 16,
    SQ_FLAG_COMMAND_IGNORED = 32,
    SQ_FLAG_DISTANCE_CLIPPED = 64,
};

/* The state of a joint's limiter: the last target that was applied and, in position mode, its velocity and the request before. */
typedef struct {
    float target;
    float velocity;
    float requested;
} sq_limiter;

/* What a limiter needs of a tick: the measured joint, the time since the tick before (> 0), the longest time until the next one. */
typedef struct {
    float position;
    float velocity;
    float dt_s;
    float period_s;
} sq_limit_input;

bool sq_is_finite(float value);

/* CRC-32 over names, modes, stops and limits; src/wire/bridge/bridge-limits.ts computes the same value. */
uint32_t sq_limits_hash(const sq_joint *joints, size_t count);

/* Starts at the joint's position: a position target at `position`, velocity and effort targets at zero. */
void sq_limiter_start(sq_limiter *limiter, const sq_joint *joint, float position);

/*
 * Moves limiter->target toward `requested` as far as the limits allow within dt_s and returns the flags of what was clipped; all inputs are
 * finite. The limits and their precedence are those of the guard (src/safety): position before distance to the measured joint before velocity before
 * acceleration. The velocity
 * of a position target changes by at most a dt, also when it slows down or reverses, and it brakes in time before a position limit and
 * before a target that stays where it is; so does a velocity target. At a position limit no effort pushes further out, and at the largest
 * velocity none accelerates further.
 */
uint32_t sq_limit(sq_limiter *limiter, const sq_joint *joint, float requested, const sq_limit_input *input);

#endif
