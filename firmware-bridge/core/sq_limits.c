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
        const float numbers[7] = {joint->stop.max_hold_temperature_c, joint->min_position, joint->max_position,   joint->max_velocity,
                                  joint->max_acceleration,            joint->max_effort,   joint->max_effort_rate};
        const uint8_t modes[3] = {(uint8_t)joint->target_mode, (uint8_t)joint->stop.mode, (uint8_t)joint->stop.then};
        crc = sq_crc32(crc, (const uint8_t *)joint->name, strlen(joint->name) + 1);
        crc = sq_crc32(crc, modes, sizeof modes);
        crc = hash_word(crc, joint->stop.hold_ms);
        for (size_t k = 0; k < 7; k++) crc = hash_word(crc, float_bits(numbers[k]));
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
    for (int i = 0; i < 3; i++) estimate = 0.5f * (estimate + value / estimate);
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

/* A range of speeds that gets narrower limit by limit; what each limit cuts off `wanted` is flagged. */
typedef struct {
    float low;
    float high;
    float wanted;
    uint32_t flags;
} speeds;

/* An earlier limit is stronger: this one yields where they contradict each other. */
static void narrow(speeds *range, float low, float high, uint32_t flag) {
    low = clamp(low, range->low, range->high);
    high = clamp(high, range->low, range->high);
    range->low = low;
    range->high = high;
    if (range->wanted < low || range->wanted > high) range->flags |= flag;
    range->wanted = clamp(range->wanted, low, high);
}

/* Braking before the position limits, then velocity, then acceleration; `before` is the speed that changes by a dt. */
static speeds allowed_speeds(const sq_joint *joint, float at, float before, float wanted, float dt_s, float moves_s) {
    const float change = joint->max_acceleration * dt_s;
    speeds range = {-SQ_NO_LIMIT, SQ_NO_LIMIT, wanted, 0};
    narrow(&range, -braking_speed(at - joint->min_position, joint->max_acceleration, moves_s),
           braking_speed(joint->max_position - at, joint->max_acceleration, moves_s), SQ_FLAG_POSITION_CLIPPED);
    narrow(&range, -joint->max_velocity, joint->max_velocity, SQ_FLAG_VELOCITY_CLIPPED);
    narrow(&range, before - change, before + change, SQ_FLAG_ACCELERATION_CLIPPED);
    return range;
}

/* The algorithm and its letters are described in src/safety/position-limiter.ts. */
static uint32_t limit_position(sq_limiter *limiter, const sq_joint *joint, float requested, float dt_s) {
    const float before = limiter->target;
    const float inside = clamp(requested, joint->min_position, joint->max_position);
    const uint32_t clipped = inside == requested ? 0u : SQ_FLAG_POSITION_CLIPPED;
    const float request = clamp((inside - limiter->requested) / dt_s, -joint->max_velocity, joint->max_velocity);
    const float direct = (inside - before) / dt_s;
    speeds range = allowed_speeds(joint, before, limiter->velocity, direct, dt_s, dt_s);
    /* Without an acceleration limit `inside` is within the range already; the rest is rounding. */
    if (joint->max_acceleration >= SQ_NO_LIMIT) range.flags &= ~(uint32_t)SQ_FLAG_POSITION_CLIPPED;
    const bool arrives = before == limiter->requested || magnitude(direct - request) <= joint->max_acceleration * dt_s;
    limiter->requested = inside;
    if (range.flags == 0u && arrives) {
        limiter->target = inside;
        limiter->velocity = range.wanted;
        return clipped;
    }
    const float behind = direct - request;
    const float catch_up = braking_speed(magnitude(behind) * dt_s, joint->max_acceleration, dt_s);
    const float wanted = behind < 0.0f ? request - catch_up : request + catch_up;
    limiter->velocity = clamp(wanted, range.low, range.high);
    limiter->target = before + limiter->velocity * dt_s;
    /* A joint that starts outside its range moves into it within the other limits. */
    limiter->target = clamp(limiter->target, before < joint->min_position ? before : joint->min_position,
                            before > joint->max_position ? before : joint->max_position);
    return clipped | (range.flags == 0u ? (uint32_t)SQ_FLAG_ACCELERATION_CLIPPED : range.flags);
}

static uint32_t limit_velocity(sq_limiter *limiter, const sq_joint *joint, float requested, float position, float dt_s, float period_s) {
    const float moves_s = dt_s > period_s ? dt_s : period_s;
    const speeds range = allowed_speeds(joint, position, limiter->target, requested, dt_s, moves_s);
    limiter->target = range.wanted;
    return range.flags;
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
        return limit_position(limiter, joint, requested, input->dt_s);
    case SQ_TARGET_VELOCITY:
        return limit_velocity(limiter, joint, requested, input->position, input->dt_s, input->period_s);
    case SQ_TARGET_EFFORT:
        return limit_effort(limiter, joint, requested, input->position, input->velocity, input->dt_s);
    }
    limiter->target = 0.0f;
    return SQ_FLAG_COMMAND_IGNORED;
}
