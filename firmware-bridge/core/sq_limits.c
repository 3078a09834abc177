#include "sq_limits.h"

#include <string.h>

#include "sq_crc32.h"

static uint32_t float_bits(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

bool sq_is_finite(float value) { return (float_bits(value) & 0x7f800000u) != 0x7f800000u; }

static float magnitude(float value) { return value < 0.0f ? -value : value; }

static float clamp(float value, float low, float high) { return value < low ? low : value > high ? high : value; }

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

void sq_limiter_start(sq_limiter *limiter, const sq_joint *joint, float position) {
    limiter->target = joint->target_mode == SQ_TARGET_POSITION ? position : 0.0f;
    limiter->velocity = 0.0f;
}

/* Toward `requested` by at most `step`. */
static float approach(float from, float requested, float step) { return clamp(requested, from - step, from + step); }

static uint32_t limit_position(sq_limiter *limiter, const sq_joint *joint, float requested, float dt_s) {
    uint32_t flags = 0;
    const float inside = clamp(requested, joint->min_position, joint->max_position);
    if (inside != requested) flags |= SQ_FLAG_POSITION_CLIPPED;
    const float reachable = magnitude(limiter->velocity) + joint->max_acceleration * dt_s;
    const bool by_acceleration = reachable < joint->max_velocity;
    const float before = limiter->target;
    limiter->target = approach(before, inside, (by_acceleration ? reachable : joint->max_velocity) * dt_s);
    if (limiter->target != inside) flags |= by_acceleration ? SQ_FLAG_ACCELERATION_CLIPPED : SQ_FLAG_VELOCITY_CLIPPED;
    limiter->velocity = (limiter->target - before) / dt_s;
    return flags;
}

/* Whether a motion with the sign of `value` moves a joint at `position` further out of its range. */
static bool pushes_out(const sq_joint *joint, float value, float position) {
    return (value > 0.0f && position >= joint->max_position) || (value < 0.0f && position <= joint->min_position);
}

static uint32_t limit_velocity(sq_limiter *limiter, const sq_joint *joint, float requested, float position, float dt_s) {
    uint32_t flags = 0;
    float inside = clamp(requested, -joint->max_velocity, joint->max_velocity);
    if (inside != requested) flags |= SQ_FLAG_VELOCITY_CLIPPED;
    limiter->target = approach(limiter->target, inside, joint->max_acceleration * dt_s);
    if (limiter->target != inside) flags |= SQ_FLAG_ACCELERATION_CLIPPED;
    if (pushes_out(joint, limiter->target, position)) {
        limiter->target = 0.0f;
        flags |= SQ_FLAG_POSITION_CLIPPED;
    }
    return flags;
}

static uint32_t limit_effort(sq_limiter *limiter, const sq_joint *joint, float requested, float position, float velocity, float dt_s) {
    uint32_t flags = 0;
    float inside = clamp(requested, -joint->max_effort, joint->max_effort);
    if (inside != requested) flags |= SQ_FLAG_EFFORT_CLIPPED;
    const float reachable = approach(limiter->target, inside, joint->max_effort_rate * dt_s);
    if (reachable != inside) flags |= SQ_FLAG_EFFORT_CLIPPED;
    limiter->target = reachable;
    if (pushes_out(joint, limiter->target, position)) {
        limiter->target = 0.0f;
        flags |= SQ_FLAG_POSITION_CLIPPED;
    }
    if ((velocity > joint->max_velocity && limiter->target > 0.0f) || (velocity < -joint->max_velocity && limiter->target < 0.0f)) {
        limiter->target = 0.0f;
        flags |= SQ_FLAG_VELOCITY_CLIPPED;
    }
    return flags;
}

uint32_t sq_limit(sq_limiter *limiter, const sq_joint *joint, float requested, float position, float velocity, float dt_s) {
    switch (joint->target_mode) {
    case SQ_TARGET_POSITION:
        return limit_position(limiter, joint, requested, dt_s);
    case SQ_TARGET_VELOCITY:
        return limit_velocity(limiter, joint, requested, position, dt_s);
    case SQ_TARGET_EFFORT:
        return limit_effort(limiter, joint, requested, position, velocity, dt_s);
    }
    limiter->target = 0.0f;
    return SQ_FLAG_COMMAND_IGNORED;
}
