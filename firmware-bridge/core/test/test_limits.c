#include <math.h>

#include "sq_limits.h"
#include "test.h"
#include "vectors.h"

static void hashes_equal_those_of_the_host(void) {
    for (size_t i = 0; i < sizeof limits_vectors / sizeof limits_vectors[0]; i++)
        CHECK(sq_limits_hash(limits_vectors[i].joints, limits_vectors[i].count) == limits_vectors[i].hash);
}

static sq_joint random_joint(sq_target_mode mode) {
    return (sq_joint){
        .name = "joint",
        .target_mode = mode,
        .stop = {SQ_STOP_HOLD, 300000, SQ_STOP_DAMP, 60},
        .min_position = sq_test_uniform(-3, 0),
        .max_position = sq_test_uniform(0, 3),
        .max_velocity = sq_test_uniform(0.1f, 10),
        .max_acceleration = sq_test_random() % 4 == 0 ? SQ_NO_LIMIT : sq_test_uniform(0.1f, 100),
        .max_effort = sq_test_uniform(0.1f, 5),
        .max_effort_rate = sq_test_random() % 4 == 0 ? SQ_NO_LIMIT : sq_test_uniform(0.1f, 500),
    };
}

static float wild(void) {
    switch (sq_test_random() % 4) {
    case 0: return sq_test_uniform(-1e30f, 1e30f);
    case 1: return sq_test_uniform(-1e-30f, 1e-30f);
    default: return sq_test_uniform(-10, 10);
    }
}

static void position_targets_stay_within_range_and_speed(void) {
    for (int round = 0; round < 2000; round++) {
        const sq_joint joint = random_joint(SQ_TARGET_POSITION);
        const float dt = sq_test_uniform(1e-4f, 0.02f);
        sq_limiter limiter;
        sq_limiter_start(&limiter, &joint, sq_test_uniform(joint.min_position, joint.max_position));
        for (int step = 0; step < 30; step++) {
            const sq_limiter before = limiter;
            const float requested = wild();
            const uint32_t flags = sq_limit(&limiter, &joint, requested, limiter.target, 0, dt);
            const float moved = fabsf(limiter.target - before.target);
            CHECK(limiter.target >= joint.min_position && limiter.target <= joint.max_position);
            CHECK(moved <= joint.max_velocity * dt + 1e-6f);
            CHECK(moved <= (fabsf(before.velocity) + joint.max_acceleration * dt) * dt + 1e-6f);
            CHECK((flags == 0) == (limiter.target == requested));
        }
    }
}

static void velocity_targets_stay_within_speed_and_never_push_out(void) {
    for (int round = 0; round < 2000; round++) {
        const sq_joint joint = random_joint(SQ_TARGET_VELOCITY);
        const float dt = sq_test_uniform(1e-4f, 0.02f);
        sq_limiter limiter;
        sq_limiter_start(&limiter, &joint, 1);
        CHECK(limiter.target == 0);
        for (int step = 0; step < 30; step++) {
            const float before = limiter.target;
            const float requested = wild();
            const float position = sq_test_uniform(joint.min_position - 0.5f, joint.max_position + 0.5f);
            const uint32_t flags = sq_limit(&limiter, &joint, requested, position, 0, dt);
            CHECK(fabsf(limiter.target) <= joint.max_velocity);
            CHECK(limiter.target == 0 || fabsf(limiter.target - before) <= joint.max_acceleration * dt * 1.00001f + 1e-6f);
            CHECK(!(position >= joint.max_position && limiter.target > 0) && !(position <= joint.min_position && limiter.target < 0));
            CHECK((flags == 0) == (limiter.target == requested));
        }
    }
}

static void efforts_stay_within_limit_and_neither_push_out_nor_accelerate_beyond_speed(void) {
    for (int round = 0; round < 2000; round++) {
        const sq_joint joint = random_joint(SQ_TARGET_EFFORT);
        const float dt = sq_test_uniform(1e-4f, 0.02f);
        sq_limiter limiter;
        sq_limiter_start(&limiter, &joint, 1);
        for (int step = 0; step < 30; step++) {
            const float before = limiter.target;
            const float requested = wild();
            const float position = sq_test_uniform(joint.min_position - 0.5f, joint.max_position + 0.5f);
            const float velocity = sq_test_uniform(-15, 15);
            const uint32_t flags = sq_limit(&limiter, &joint, requested, position, velocity, dt);
            CHECK(fabsf(limiter.target) <= joint.max_effort);
            CHECK(limiter.target == 0 || fabsf(limiter.target - before) <= joint.max_effort_rate * dt * 1.00001f + 1e-6f);
            CHECK(!(position >= joint.max_position && limiter.target > 0) && !(position <= joint.min_position && limiter.target < 0));
            CHECK(!(velocity > joint.max_velocity && limiter.target > 0) && !(velocity < -joint.max_velocity && limiter.target < 0));
            CHECK((flags == 0) == (limiter.target == requested));
        }
    }
}

static void an_unknown_mode_drives_nothing(void) {
    sq_joint joint = random_joint(SQ_TARGET_EFFORT);
    joint.target_mode = (sq_target_mode)7;
    sq_limiter limiter = {1, 1};
    CHECK(sq_limit(&limiter, &joint, 1, 0, 0, 0.001f) != 0);
    CHECK(limiter.target == 0);
}

static void finite_is_neither_infinite_nor_nan(void) {
    CHECK(sq_is_finite(0) && sq_is_finite(-1e38f) && sq_is_finite(1e-45f));
    CHECK(!sq_is_finite(NAN) && !sq_is_finite(INFINITY) && !sq_is_finite(-INFINITY));
}

void test_limits(void) {
    sq_test_run("hashes equal those of the host", hashes_equal_those_of_the_host);
    sq_test_run("position targets stay within range and speed", position_targets_stay_within_range_and_speed);
    sq_test_run("velocity targets stay within speed and never push out", velocity_targets_stay_within_speed_and_never_push_out);
    sq_test_run("efforts stay within their limit and neither push out nor accelerate beyond speed",
                efforts_stay_within_limit_and_neither_push_out_nor_accelerate_beyond_speed);
    sq_test_run("an unknown mode drives nothing", an_unknown_mode_drives_nothing);
    sq_test_run("finite is neither infinite nor NaN", finite_is_neither_infinite_nor_nan);
}
