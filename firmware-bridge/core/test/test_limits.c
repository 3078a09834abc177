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
        .max_distance = SQ_NO_LIMIT,
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

static uint32_t step(sq_limiter *limiter, const sq_joint *joint, float requested, float position, float velocity, float dt_s) {
    const sq_limit_input input = {position, velocity, dt_s, 0.001f};
    return sq_limit(limiter, joint, requested, &input);
}

/* Of the guard: float32 against float64. */
#define TOLERANCE 4e-6f

static void limits_are_those_of_the_guard(void) {
    for (size_t i = 0; i < sizeof limit_vectors / sizeof limit_vectors[0]; i++) {
        const limit_vector *vector = &limit_vectors[i];
        sq_limiter limiter;
        sq_limiter_start(&limiter, &vector->joint, vector->start);
        for (size_t k = 0; k < vector->count; k++) {
            const limit_step *given = &vector->steps[k];
            const sq_limit_input input = {given->position, given->velocity, given->dt_s, vector->period_s};
            const uint32_t flags = sq_limit(&limiter, &vector->joint, given->target, &input);
            const bool same = fabsf(limiter.target - given->command) <= TOLERANCE && flags == given->flags;
            CHECK(same);
            if (!same)
                printf("    %s, step %u: %.9g, flags %u; the guard %.9g, %u\n", vector->name, (unsigned)k, (double)limiter.target, flags,
                       (double)given->command, given->flags);
        }
    }
}

static void position_targets_stay_within_range_speed_and_acceleration(void) {
    for (int round = 0; round < 2000; round++) {
        const sq_joint joint = random_joint(SQ_TARGET_POSITION);
        sq_limiter limiter;
        sq_limiter_start(&limiter, &joint, sq_test_uniform(joint.min_position, joint.max_position));
        float requested = wild();
        for (int k = 0; k < 60; k++) {
            const float dt = sq_test_uniform(1e-4f, 0.02f);
            const sq_limiter before = limiter;
            if (sq_test_random() % 4 == 0) requested = wild();
            const uint32_t flags = step(&limiter, &joint, requested, limiter.target, 0, dt);
            const float moved = limiter.target - before.target;
            const float rounding = 1e-6f;
            CHECK(limiter.target >= joint.min_position && limiter.target <= joint.max_position);
            CHECK(fabsf(moved) <= joint.max_velocity * dt + rounding);
            CHECK(fabsf(moved - limiter.velocity * dt) <= rounding);
            CHECK(fabsf(limiter.velocity - before.velocity) <= joint.max_acceleration * dt + 1e-3f * fabsf(before.velocity) + rounding);
            CHECK(flags != 0 || limiter.target == requested);
        }
    }
}

static void a_position_target_arrives(void) {
    for (int round = 0; round < 300; round++) {
        const sq_joint joint = random_joint(SQ_TARGET_POSITION);
        const float goal = sq_test_uniform(joint.min_position, joint.max_position);
        sq_limiter limiter;
        sq_limiter_start(&limiter, &joint, sq_test_uniform(joint.min_position, joint.max_position));
        int ticks = 0;
        while (limiter.target != goal && ticks++ < 20000) step(&limiter, &joint, goal, limiter.target, 0, 0.01f);
        CHECK(limiter.target == goal && step(&limiter, &joint, goal, limiter.target, 0, 0.01f) == 0 && limiter.velocity == 0.0f);
    }
}

static void a_position_target_brakes_in_time_before_its_range(void) {
    for (int sign = -1; sign <= 1; sign += 2) {
        sq_joint joint = random_joint(SQ_TARGET_POSITION);
        joint.min_position = -1, joint.max_position = 1, joint.max_velocity = 3, joint.max_acceleration = 20;
        sq_limiter limiter;
        sq_limiter_start(&limiter, &joint, 0);
        float slowest = 3;
        for (int k = 0; k < 3000; k++) {
            const float before = limiter.velocity;
            CHECK(step(&limiter, &joint, 9.0f * (float)sign, 0, 0, 0.001f) != 0);
            CHECK(fabsf(limiter.velocity - before) <= 0.0201f);
            slowest = fabsf(limiter.velocity);
        }
        CHECK(fabsf(limiter.target - (float)sign) < 1e-4f && slowest < 0.05f);
    }
}

static void a_joint_outside_its_range_moves_into_it_without_a_jump(void) {
    for (int sign = -1; sign <= 1; sign += 2) {
        sq_joint joint = random_joint(SQ_TARGET_POSITION);
        joint.min_position = -1, joint.max_position = 1, joint.max_velocity = 3, joint.max_acceleration = 20;
        sq_limiter limiter;
        sq_limiter_start(&limiter, &joint, 1.08f * (float)sign);
        for (int k = 0; k < 300; k++) {
            const sq_limiter before = limiter;
            step(&limiter, &joint, 2.0f * (float)sign, 0, 0, 0.001f);
            CHECK(fabsf(limiter.velocity - before.velocity) <= 0.0201f);
            CHECK(fabsf(limiter.target) <= fabsf(before.target) + 1e-6f);
        }
        CHECK(fabsf(limiter.target - (float)sign) < 1e-3f);
    }
}

static void a_position_target_without_an_acceleration_limit_arrives_at_once(void) {
    sq_joint joint = random_joint(SQ_TARGET_POSITION);
    joint.min_position = -1, joint.max_position = 1, joint.max_velocity = 100, joint.max_acceleration = SQ_NO_LIMIT;
    sq_limiter limiter;
    sq_limiter_start(&limiter, &joint, 0);
    CHECK(step(&limiter, &joint, 0.5f, 0, 0, 0.01f) == 0 && limiter.target == 0.5f);
    CHECK(step(&limiter, &joint, 1.0f, 0, 0, 0.01f) == 0 && limiter.target == 1.0f);
    CHECK(step(&limiter, &joint, -1.0f, 0, 0, 0.01f) == SQ_FLAG_VELOCITY_CLIPPED && limiter.target == 0.0f);
    CHECK(step(&limiter, &joint, 7.0f, 0, 0, 0.01f) == SQ_FLAG_POSITION_CLIPPED && limiter.target == 1.0f);
    CHECK(step(&limiter, &joint, -7.0f, 0, 0, 0.02f) == SQ_FLAG_POSITION_CLIPPED && limiter.target == -1.0f);
}

static void velocity_targets_stay_within_speed_and_never_push_out(void) {
    for (int round = 0; round < 2000; round++) {
        const sq_joint joint = random_joint(SQ_TARGET_VELOCITY);
        const float dt = sq_test_uniform(1e-4f, 0.02f);
        sq_limiter limiter;
        sq_limiter_start(&limiter, &joint, 1);
        CHECK(limiter.target == 0);
        for (int k = 0; k < 30; k++) {
            const float before = limiter.target;
            const float requested = wild();
            const float position = sq_test_uniform(joint.min_position - 0.5f, joint.max_position + 0.5f);
            const uint32_t flags = step(&limiter, &joint, requested, position, 0, dt);
            CHECK(fabsf(limiter.target) <= joint.max_velocity);
            CHECK(fabsf(limiter.target) <= fabsf(before) || fabsf(limiter.target - before) <= joint.max_acceleration * dt * 1.00001f + 1e-6f);
            CHECK(!(position >= joint.max_position && limiter.target > 0) && !(position <= joint.min_position && limiter.target < 0));
            CHECK((flags == 0) == (limiter.target == requested));
            /* It can stop before the limit after this tick. */
            const float left = limiter.target > 0 ? joint.max_position - position : position - joint.min_position;
            const float needs = fabsf(limiter.target) * dt + limiter.target * limiter.target / (2 * joint.max_acceleration);
            CHECK(limiter.target == 0 || needs <= left * 1.0001f + 1e-6f);
        }
    }
}

static void a_velocity_target_moves_at_least_for_the_period(void) {
    sq_joint joint = random_joint(SQ_TARGET_VELOCITY);
    joint.min_position = -1, joint.max_position = 1, joint.max_velocity = 10, joint.max_acceleration = SQ_NO_LIMIT;
    for (int k = 0; k < 2; k++) {
        const sq_limit_input input = {0.9f, 0, k == 0 ? 0.001f : 0.02f, k == 0 ? 0.02f : 0.001f};
        sq_limiter limiter;
        sq_limiter_start(&limiter, &joint, 0);
        CHECK(sq_limit(&limiter, &joint, 10, &input) == SQ_FLAG_POSITION_CLIPPED);
        CHECK(fabsf(limiter.target - 5.0f) < 1e-4f);
    }
}

static void efforts_stay_within_limit_and_neither_push_out_nor_accelerate_beyond_speed(void) {
    for (int round = 0; round < 2000; round++) {
        const sq_joint joint = random_joint(SQ_TARGET_EFFORT);
        const float dt = sq_test_uniform(1e-4f, 0.02f);
        sq_limiter limiter;
        sq_limiter_start(&limiter, &joint, 1);
        for (int k = 0; k < 30; k++) {
            const float before = limiter.target;
            const float requested = wild();
            const float position = sq_test_uniform(joint.min_position - 0.5f, joint.max_position + 0.5f);
            const float velocity = sq_test_uniform(-15, 15);
            const uint32_t flags = step(&limiter, &joint, requested, position, velocity, dt);
            CHECK(fabsf(limiter.target) <= joint.max_effort);
            CHECK(limiter.target == 0 || fabsf(limiter.target - before) <= joint.max_effort_rate * dt * 1.00001f + 1e-6f);
            CHECK(!(position >= joint.max_position && limiter.target > 0) && !(position <= joint.min_position && limiter.target < 0));
            CHECK(!(velocity >= joint.max_velocity && limiter.target > 0) && !(velocity <= -joint.max_velocity && limiter.target < 0));
            CHECK((flags == 0) == (limiter.target == requested));
        }
    }
}

static void an_unknown_mode_drives_nothing(void) {
    sq_joint joint = random_joint(SQ_TARGET_EFFORT);
    joint.target_mode = (sq_target_mode)7;
    sq_limiter limiter = {1, 1, 1};
    CHECK(step(&limiter, &joint, 1, 0, 0, 0.001f) == SQ_FLAG_COMMAND_IGNORED);
    CHECK(limiter.target == 0);
}

static void finite_is_neither_infinite_nor_nan(void) {
    CHECK(sq_is_finite(0) && sq_is_finite(-1e38f) && sq_is_finite(1e-45f));
    CHECK(!sq_is_finite(NAN) && !sq_is_finite(INFINITY) && !sq_is_finite(-INFINITY));
}

void test_limits(void) {
    sq_test_run("hashes equal those of the host", hashes_equal_those_of_the_host);
    sq_test_run("the limits are those of the guard", limits_are_those_of_the_guard);
    sq_test_run("position targets stay within range, speed and acceleration", position_targets_stay_within_range_speed_and_acceleration);
    sq_test_run("a position target arrives and stays", a_position_target_arrives);
    sq_test_run("a position target brakes in time before its range", a_position_target_brakes_in_time_before_its_range);
    sq_test_run("a joint outside its range moves into it without a jump", a_joint_outside_its_range_moves_into_it_without_a_jump);
    sq_test_run("a position target without an acceleration limit arrives at once", a_position_target_without_an_acceleration_limit_arrives_at_once);
    sq_test_run("velocity targets stay within speed and never push out", velocity_targets_stay_within_speed_and_never_push_out);
    sq_test_run("a velocity target moves at least for the period", a_velocity_target_moves_at_least_for_the_period);
    sq_test_run("efforts stay within their limit and neither push out nor accelerate beyond speed",
                efforts_stay_within_limit_and_neither_push_out_nor_accelerate_beyond_speed);
    sq_test_run("an unknown mode drives nothing", an_unknown_mode_drives_nothing);
    sq_test_run("finite is neither infinite nor NaN", finite_is_neither_infinite_nor_nan);
}
