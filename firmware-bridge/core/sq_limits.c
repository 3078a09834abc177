#include "sq_limits.h"

#include <string.h>

#include "sq_crc32.h"

static uint32_t float_bits(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

bool sq_is_finite(float value) { return (float_bits(value) & 0x7f800000u) != 0x7f800000u; }

static uint32_t hash_word(uint32_t crc, uint32_t bits) {
    const uint8_t bytes[4] = {(uint8_t)bits, (uint8_t)(bits >> 8), (uint8_t)(bits >> 16), (uint8_t)(bits >> 24)};
    return sq_crc32(crc, bytes, sizeof bytes);
}

uint32_t sq_limits_hash(const sq_joint *joints, size_t count) {
    uint32_t crc = 0;
    for (size_t i = 0; i < count; i++) {
        const sq_joint *joint = &joints[i];
        const float numbers[8] = {joint->stop.max_hold_temperature_c, joint->min_position, joint->max_position, joint->max_velocity,
                                  joint->max_acceleration,            joint->max_distance, joint->max_effort,   joint->max_effort_rate};
        const uint8_t modes[3] = {(uint8_t)joint->target_mode, (uint8_t)joint->stop.mode, (uint8_t)joint->stop.then};
        crc = sq_crc32(crc, (const uint8_t *)joint->name, strlen(joint->name) + 1);
        crc = sq_crc32(crc, modes, sizeof modes);
        crc = hash_word(crc, joint->stop.hold_ms);
        for (size_t k = 0; k < 8; k++) crc = hash_word(crc, float_bits(numbers[k]));
    }
    return crc;
}

static float magnitude(float value) { return value < 0.0f ? -value : value; }

/* Within low and high; low where they contradict each other. */
static float clamp(float value, float low, float high) {
    if (value > high) return high > low ? high : low;
    return value < low ? low : value;
}

/* Square root of a normal positive number; from half the exponent, Newton's iteration. No library: the core runs without one. */
static float root(float value) {
    uint32_t bits = float_bits(value);
    float estimate;
    bits = (bits >> 1) + 0x1fbd1df5u;
    memcpy(&estimate, &bits, sizeof estimate);
    for (int i = 0; i < 2; i++) estimate = 0.5f * (estimate + value / estimate);
    return estimate;
}

/*
 * The largest speed toward a point `distance` ahead with which a joint that moves for dt_s at this speed can then stop before the point:
 * w dt + w^2 / (2 a) <= d. As in src/safety/braking.ts.
 */
static float braking_speed(float distance, float max_acceleration, float dt_s) {
    if (!(distance > 0.0f) || max_acceleration <= 0.0f) return 0.0f;
    if (max_acceleration >= SQ_NO_LIMIT) return distance / dt_s;
    const float half_s = dt_s / 2.0f;
    return distance / (half_s + root(half_s * half_s + distance / (2.0f * max_acceleration)));
}

void sq_limiter_start(sq_limiter *limiter, const sq_joint *joint, float position) {
    limiter->target = joint->target_mode == SQ_TARGET_POSITION ? position : 0.0f;
    limiter->velocity = 0.0f;
    limiter->requested = limiter->target;
}

/* Toward `requested` by at most `step`. */
static float approach(float from, float requested, float step) { return clamp(requested, from - step, from + step); }

/* The speeds that the limits allow, each limit within the ones before it, and the flag of the limit that excludes the request. */
typedef struct {
    float low;
    float high;
    uint32_t flags;
} speeds;

/* Of a position target: as positions, so that a target made by the same sum is the same number. */
static uint32_t tightest(bool by_acceleration, bool by_velocity, bool by_distance) {
    if (by_acceleration) return SQ_FLAG_ACCELERATION_CLIPPED;
    if (by_velocity) return SQ_FLAG_VELOCITY_CLIPPED;
    return by_distance ? SQ_FLAG_DISTANCE_CLIPPED : SQ_FLAG_POSITION_CLIPPED;
}

/*
 * The range of positions that a target may have beside a joint at `measured`. One that started outside its range moves into it within
 * the other limits.
 */
static void near_joint(const sq_joint *joint, float before, float measured, float *nearest, float *farthest) {
    const float low = before < joint->min_position ? before : joint->min_position;
    const float high = before > joint->max_position ? before : joint->max_position;
    *nearest = low;
    *farthest = high;
    if (joint->max_distance >= SQ_NO_LIMIT) return;
    *nearest = clamp(measured - joint->max_distance, low, high);
    *farthest = clamp(measured + joint->max_distance, low, high);
}

/* Braking before the position limits within the distance to the joint, then velocity, then acceleration. */
static speeds position_speeds(const sq_limiter *limiter, const sq_joint *joint, float target, const sq_limit_input *input) {
    const float before = limiter->target;
    const float dt_s = input->dt_s;
    const float change = joint->max_acceleration * dt_s;
    float nearest;
    float farthest;
    near_joint(joint, before, input->position, &nearest, &farthest);
    const float back = (nearest - before) / dt_s;
    const float on = (farthest - before) / dt_s;
    const float brake_low = -braking_speed(before - joint->min_position, joint->max_acceleration, dt_s);
    const float brake_high = braking_speed(joint->max_position - before, joint->max_acceleration, dt_s);
    const float lowest = clamp(brake_low, back, on);
    const float highest = clamp(brake_high, back, on);
    const float slow = clamp(-joint->max_velocity, lowest, highest);
    const float fast = clamp(joint->max_velocity, lowest, highest);
    speeds range = {clamp(limiter->velocity - change, slow, fast), clamp(limiter->velocity + change, slow, fast), 0};
    if (target > before + range.high * dt_s) range.flags = tightest(range.high < fast, fast < highest, highest < brake_high || range.low == back);
    if (target < before + range.low * dt_s) range.flags = tightest(range.low > slow, slow > lowest, lowest > brake_low || range.high == on);
    return range;
}

/* Rounding of a difference of velocities, relative to them. */
#define ROUNDING 1e-5f

/* The algorithm and its letters are described in src/safety/position-limiter.ts. */
static uint32_t limit_position(sq_limiter *limiter, const sq_joint *joint, float requested, const sq_limit_input *input) {
    const float dt_s = input->dt_s;
    const float before = limiter->target;
    const float inside = clamp(requested, joint->min_position, joint->max_position);
    const uint32_t clipped = inside == requested ? 0u : SQ_FLAG_POSITION_CLIPPED;
    const float request = clamp((inside - limiter->requested) / dt_s, -joint->max_velocity, joint->max_velocity);
    const float direct = (inside - before) / dt_s;
    const speeds range = position_speeds(limiter, joint, inside, input);
    const float change = joint->max_acceleration * dt_s;
    const bool arrives = before == limiter->requested || magnitude(direct - request) <= change;
    limiter->requested = inside;
    if (range.flags == 0u && arrives) {
        limiter->target = inside;
        limiter->velocity = clamp(direct, range.low, range.high);
        return clipped;
    }
    const float behind = direct - request;
    const float catch_up = braking_speed(magnitude(behind) * dt_s, joint->max_acceleration, dt_s);
    const float wanted = clamp(behind < 0.0f ? request - catch_up : request + catch_up, range.low, range.high);
    float nearest;
    float farthest;
    near_joint(joint, before, input->position, &nearest, &farthest);
    limiter->target = clamp(before + wanted * dt_s, nearest, farthest);
    /* A target that its joint has brought to another velocity continues from rest. */
    const float slack = ROUNDING * (magnitude(wanted) + magnitude(limiter->velocity));
    const bool is_forced = magnitude(wanted) > joint->max_velocity || magnitude(wanted - limiter->velocity) > change + slack;
    limiter->velocity = is_forced ? 0.0f : wanted;
    return clipped | (range.flags == 0u ? (uint32_t)SQ_FLAG_ACCELERATION_CLIPPED : range.flags);
}

/* Braking before the position limits, then velocity, then acceleration: what each cuts off is flagged. */
static uint32_t limit_velocity(sq_limiter *limiter, const sq_joint *joint, float requested, const sq_limit_input *input) {
    const float moves_s = input->dt_s > input->period_s ? input->dt_s : input->period_s;
    const float change = joint->max_acceleration * input->dt_s;
    const float lowest = -braking_speed(input->position - joint->min_position, joint->max_acceleration, moves_s);
    const float highest = braking_speed(joint->max_position - input->position, joint->max_acceleration, moves_s);
    const float slow = clamp(-joint->max_velocity, lowest, highest);
    const float fast = clamp(joint->max_velocity, lowest, highest);
    const float stoppable = clamp(requested, lowest, highest);
    const float reached = clamp(stoppable, slow, fast);
    limiter->target = clamp(reached, clamp(limiter->target - change, slow, fast), clamp(limiter->target + change, slow, fast));
    return (stoppable != requested ? (uint32_t)SQ_FLAG_POSITION_CLIPPED : 0u) | (reached != stoppable ? (uint32_t)SQ_FLAG_VELOCITY_CLIPPED : 0u) |
           (limiter->target != reached ? (uint32_t)SQ_FLAG_ACCELERATION_CLIPPED : 0u);
}

/* Why an effort must be 0: it pushes a joint out of its range, or accelerates it further at its largest velocity. */
static uint32_t outward(const sq_joint *joint, float effort, float position, float velocity) {
    uint32_t flags = 0;
    if ((effort > 0.0f && position >= joint->max_position) || (effort < 0.0f && position <= joint->min_position))
        flags |= SQ_FLAG_POSITION_CLIPPED;
    if ((effort > 0.0f && velocity >= joint->max_velocity) || (effort < 0.0f && velocity <= -joint->max_velocity))
        flags |= SQ_FLAG_VELOCITY_CLIPPED;
    return flags;
}

static uint32_t limit_effort(sq_limiter *limiter, const sq_joint *joint, float requested, float position, float velocity, float dt_s) {
    const float inside = clamp(requested, -joint->max_effort, joint->max_effort);
    const float reachable = approach(limiter->target, inside, joint->max_effort_rate * dt_s);
    const uint32_t why = outward(joint, reachable, position, velocity);
    limiter->target = why == 0u ? reachable : 0.0f;
    if (limiter->target == requested) return 0;
    return why | (reachable != requested ? (uint32_t)SQ_FLAG_EFFORT_CLIPPED : 0u);
}

uint32_t sq_limit(sq_limiter *limiter, const sq_joint *joint, float requested, const sq_limit_input *input) {
    switch (joint->target_mode) {
    case SQ_TARGET_POSITION:
        return limit_position(limiter, joint, requested, input);
    case SQ_TARGET_VELOCITY:
        return limit_velocity(limiter, joint, requested, input);
    case SQ_TARGET_EFFORT:
        return limit_effort(limiter, joint, requested, input->position, input->velocity, input->dt_s);
    }
    limiter->target = 0.0f;
    return SQ_FLAG_COMMAND_IGNORED;
}
