#include <math.h>
#include <string.h>

#include "harness.h"
#include "sq_bridge_internal.h"
#include "test.h"

#define FAULT softqd_v1_LinkFromBoard_fault_tag
#define STATUS softqd_v1_LinkFromBoard_status_tag
#define PARAMETERS softqd_v1_LinkFromBoard_parameters_tag

/* Armed, with the first joint at this position. */
static void ready_at(float position) {
    harness_boot(SQ_REASON_NONE);
    measured.position[0] = position;
    harness_hello(7);
    harness_tick();
    harness_heartbeat(true);
    harness_arm();
    while (harness_hear()) continue;
}

static void at_a_limit_it_is_healthy_beyond_it_is_not(void) {
    const sq_joint *joint = &harness_robot.joints[0];
    const float positions[2] = {joint->max_position + harness_robot.position_margin, joint->min_position - harness_robot.position_margin};
    const float fastest = joint->max_velocity * harness_robot.velocity_factor;
    for (int beyond = 0; beyond < 2; beyond++) {
        for (int kind = 0; kind < 8; kind++) {
            ready_at(0.25f);
            const float far = beyond ? 0.001f : 0.0f;
            float value = 0.0f;
            if (kind == 0) value = measured.position[0] = positions[0] + far;
            if (kind == 1) value = measured.position[0] = positions[1] - far;
            if (kind == 2) value = measured.velocity[0] = fastest + far;
            if (kind == 3) value = measured.velocity[0] = -fastest - far;
            if (kind == 4) value = measured.supply_v = 10.0f - far;
            if (kind == 5) value = measured.supply_v = 14.0f + far;
            if (kind == 6) value = measured.temperature_c[0] = 70.0f + far;
            if (kind == 7) value = measured.temperature_c[1] = 70.0f + far;
            harness_tick();
            CHECK(bridge.state == (beyond ? SQ_STOPPED : SQ_ARMED));
            if (!beyond) continue;
            const int named = kind == 4 || kind == 5 ? -1 : kind == 7 ? 1 : 0;
            CHECK(harness_hear_kind(FAULT) && heard.message.fault.joint == named && heard.message.fault.value == value);
        }
    }
}

static void more_temperatures_than_joints_are_not_read(void) {
    ready_at(0.25f);
    measured.temperature_count = 1;
    measured.temperature_c[1] = 99;
    harness_tick();
    CHECK(bridge.state == SQ_ARMED);
    measured.temperature_c[1] = 31;
    measured.temperature_count = 255;
    harness_tick();
    CHECK(bridge.state == SQ_ARMED);
    measured.temperature_c[SQ_MAX_JOINTS - 1] = 99;
    harness_tick();
    CHECK(bridge.state == SQ_STOPPED && bridge.reason == SQ_REASON_OVERTEMPERATURE && bridge.reason_joint == SQ_MAX_JOINTS - 1);
}

static void a_reason_without_a_joint_names_none(void) {
    harness_boot(SQ_REASON_NONE);
    harness_hello(7);
    harness_disarm();
    CHECK(harness_hear_kind(STATUS) && heard.message.status.joint == -1 && heard.message.status.value == 0.0f);
    /* A heartbeat that is not engaged, the emergency stop, a motor driver. */
    for (int kind = 0; kind < 3; kind++) {
        ready_at(0.25f);
        if (kind == 0) harness_heartbeat(false);
        if (kind == 1) measured.emergency_stop = true;
        if (kind == 2) measured.driver_fault = true;
        harness_tick();
        CHECK(harness_hear_kind(FAULT) && heard.message.fault.value == 0.0f && heard.message.fault.joint == (kind == 2 ? 0 : -1));
        CHECK(heard.message.fault.device_time_us == now_us);
    }
    /* Arming forgets the joint and the value of the stop before. */
    ready_at(0.25f);
    measured.velocity[0] = 9;
    harness_tick();
    CHECK(bridge.reason_joint == 0 && bridge.reason_value == 9.0f);
    measured.velocity[0] = 0;
    harness_tick();
    harness_clear_fault();
    harness_heartbeat(true);
    while (harness_hear()) continue;
    harness_arm();
    CHECK(harness_hear_kind(STATUS) && heard.message.status.accepted && heard.message.status.joint == -1 && heard.message.status.value == 0.0f);
    harness_disarm();
    CHECK(harness_hear_kind(STATUS) && heard.message.status.joint == -1 && heard.message.status.value == 0.0f);
}

static void parameters_have_these_ranges(void) {
    const float values[SQ_PARAMETERS][3] = {{2000, 500, 1000000}, {90, 20, 100}, {500, 10, 2000}};
    softqd_v1_LinkToBoard ask = {.which_message = softqd_v1_LinkToBoard_parameter_request_tag};
    harness_boot(SQ_REASON_NONE);
    harness_hello(1);
    harness_send(&ask);
    CHECK(harness_hear_kind(PARAMETERS) && heard.message.parameters.parameters_count == SQ_PARAMETERS);
    for (int i = 0; i < SQ_PARAMETERS; i++) {
        const softqd_v1_LinkParameter *parameter = &heard.message.parameters.parameters[i];
        CHECK(parameter->value == values[i][0] && parameter->minimum == values[i][1] && parameter->maximum == values[i][2]);
    }
}

static void position_targets_move_on_a_line_between_commands(void) {
    ready_at(0.0f);
    CHECK(bridge.line_us == 0);
    now_us += 20000;
    harness_command(0.5f, 1.0f);
    const uint64_t sent_us = now_us;
    CHECK(bridge.line_us == 25000);
    CHECK(sq_bridge_request(&bridge, 0, sent_us) == 0.0f && sq_bridge_request(&bridge, 1, sent_us) == 1.0f);
    CHECK(fabsf(sq_bridge_request(&bridge, 0, sent_us + 5000) - 0.1f) < 1e-6f);
    CHECK(fabsf(sq_bridge_request(&bridge, 0, sent_us + 24999) - 0.5f * 24999 / 25000) < 1e-6f);
    CHECK(sq_bridge_request(&bridge, 0, sent_us + 25000) == 0.5f && sq_bridge_request(&bridge, 0, sent_us + 26000) == 0.5f);
    /* The same targets again do not bend the line; others begin where it is. */
    now_us += 5000;
    harness_command(0.5f, 1.0f);
    CHECK(fabsf(sq_bridge_request(&bridge, 0, sent_us + 10000) - 0.2f) < 1e-6f);
    now_us += 5000;
    harness_command(0.0f, 1.0f);
    CHECK(bridge.line_us == 12500 && fabsf(sq_bridge_request(&bridge, 0, now_us) - 0.2f) < 1e-6f);
    CHECK(fabsf(sq_bridge_request(&bridge, 0, now_us + 5000) - 0.12f) < 1e-6f);
    /* After a pause the line is no longer than for the slowest loop. */
    now_us += 100000;
    harness_command(0.1f, 1.0f);
    CHECK(bridge.line_us == 50000);
}

static void a_tick_moves_by_its_time_and_by_ten_milliseconds_at_most(void) {
    harness_ready();
    harness_command(1.4f, 0.0f);
    harness_run_ms(200);
    const float before = outputs[0].value;
    harness_tick();
    CHECK(fabsf(outputs[0].value - before - 0.002f) < 2e-6f);
    /* Without time nothing moves. */
    const sq_output same = outputs[0];
    sq_bridge_tick(&bridge, &measured, now_us, outputs);
    CHECK(outputs[0].kind == SQ_OUTPUT_TARGET && outputs[0].value == same.value);
    harness_command(1.4f, 3.0f);
    now_us += 1;
    sq_bridge_tick(&bridge, &measured, now_us, outputs);
    CHECK(outputs[1].value > 4e-5f && outputs[1].value < 6e-5f);
    /* A tick that is as late as it may be is no stop. */
    now_us += harness_robot.max_tick_us;
    sq_bridge_tick(&bridge, &measured, now_us, outputs);
    CHECK(bridge.state == SQ_ARMED);

    sq_robot patient = harness_robot;
    patient.max_tick_us = 50000;
    harness_ready();
    bridge.robot = &patient;
    harness_command(1.4f, 5.0f);
    harness_run_ms(200);
    for (int late_ms = 9; late_ms <= 30; late_ms += 7) {
        const float from = outputs[0].value;
        harness_heartbeat(true);
        now_us += (uint64_t)late_ms * 1000u;
        sq_bridge_tick(&bridge, &measured, now_us, outputs);
        CHECK(bridge.state == SQ_ARMED && fabsf(outputs[0].value - from - (late_ms == 9 ? 0.018f : 0.02f)) < 2e-6f);
        harness_command(1.4f, 5.0f);
    }
}

static void a_velocity_brakes_for_the_longest_tick(void) {
    const sq_joint wheel = {"wheel", SQ_TARGET_VELOCITY, {SQ_STOP_DAMP, 0, SQ_STOP_DAMP, 60}, -1, 1, 5, 1000, SQ_NO_LIMIT, 1, 100};
    const sq_joint pair[2] = {harness_robot.joints[0], wheel};
    sq_robot robot = harness_robot;
    robot.joints = pair;
    harness_ready();
    bridge.robot = &robot;
    measured.position[1] = 0.99f;
    harness_command(0.25f, 5.0f);
    harness_run_ms(20);
    /* w dt + w^2 / (2 a) = 0.01 with dt = 10 ms and a = 1000. */
    CHECK(fabsf(outputs[1].value - 0.9539f) < 0.002f);
}

static float effort_of(const sq_joint *joint, float before, float requested, const sq_limit_input *input, uint32_t *flags) {
    sq_limiter limiter = {before, 0, 0};
    *flags = sq_limit(&limiter, joint, requested, input);
    return limiter.target;
}

static void an_effort_is_cut_at_the_limits_and_not_beside_them(void) {
    const sq_joint joint = {"motor", SQ_TARGET_EFFORT, {SQ_STOP_DAMP, 0, SQ_STOP_DAMP, 60}, -1, 1, 5, 100, SQ_NO_LIMIT, 4, 100};
    uint32_t flags;
    for (int sign = -1; sign <= 1; sign += 2) {
        const float s = (float)sign;
        const sq_limit_input at_end = {s, 0, 0.01f, 0.01f};
        const sq_limit_input at_speed = {0, 5 * s, 0.01f, 0.01f};
        CHECK(effort_of(&joint, 0, 0.5f * s, &at_end, &flags) == 0.0f && flags == SQ_FLAG_POSITION_CLIPPED);
        CHECK(effort_of(&joint, 0, -0.5f * s, &at_end, &flags) == -0.5f * s && flags == 0);
        CHECK(effort_of(&joint, 0, 0.5f * s, &at_speed, &flags) == 0.0f && flags == SQ_FLAG_VELOCITY_CLIPPED);
        CHECK(effort_of(&joint, 0, -0.5f * s, &at_speed, &flags) == -0.5f * s && flags == 0);
        /* An effort of 0 pushes nowhere. */
        CHECK(effort_of(&joint, -s, 2 * s, &at_end, &flags) == 0.0f && flags == SQ_FLAG_EFFORT_CLIPPED);
        CHECK(effort_of(&joint, -s, 2 * s, &at_speed, &flags) == 0.0f && flags == SQ_FLAG_EFFORT_CLIPPED);
    }
}

static void positions_at_the_edges_of_the_limits(void) {
    sq_joint joint = {"joint", SQ_TARGET_POSITION, {SQ_STOP_HOLD, 0, SQ_STOP_HOLD, 60}, -1, 1, 3, 16, SQ_NO_LIMIT, 4, 100};
    const sq_limit_input input = {0, 0, 0.015625f, 0.015625f};
    /* Behind, and with just the change of velocity that is allowed: it arrives. */
    sq_limiter limiter = {0, 1, 0.00390625f};
    CHECK(sq_limit(&limiter, &joint, 0.015625f, &input) == 0 && limiter.target == 0.015625f && limiter.velocity == 1.0f);
    /* Without an acceleration nothing moves. */
    joint.max_acceleration = 0;
    limiter = (sq_limiter){0.5f, 0, 0.5f};
    CHECK(sq_limit(&limiter, &joint, -0.5f, &input) != 0 && limiter.target == 0.5f && limiter.velocity == 0.0f);
}

/* One step of a target at 0.5 that its joint, 0.25 away at most, brings to this velocity. */
static uint32_t forced(sq_limiter *limiter, float acceleration, float velocity) {
    const sq_joint joint = {"joint", SQ_TARGET_POSITION, {SQ_STOP_HOLD, 0, SQ_STOP_HOLD, 60}, -1, 1, 3, acceleration, 0.25f, 4, 100};
    const sq_limit_input input = {0.25f + velocity / 64, 0, 0.015625f, 0.015625f};
    *limiter = (sq_limiter){0.5f, 0, 0.5f};
    const uint32_t flags = sq_limit(limiter, &joint, 0.5f, &input);
    CHECK(limiter->target == 0.5f + velocity / 64);
    return flags;
}

static void a_target_that_its_joint_pulls_along_continues_from_rest(void) {
    sq_limiter limiter;
    CHECK(forced(&limiter, 16, -1) == SQ_FLAG_DISTANCE_CLIPPED && limiter.velocity == 0.0f);
    CHECK(forced(&limiter, 16, -16) == SQ_FLAG_DISTANCE_CLIPPED && limiter.velocity == 0.0f);
    CHECK(forced(&limiter, 1024, -4) == SQ_FLAG_DISTANCE_CLIPPED && limiter.velocity == 0.0f);
    CHECK(forced(&limiter, 0, -0.0009765625f) == SQ_FLAG_DISTANCE_CLIPPED && limiter.velocity == 0.0f);
    /* Within the limits it is an ordinary motion. */
    CHECK(forced(&limiter, 16, -0.25f) == SQ_FLAG_DISTANCE_CLIPPED && limiter.velocity == -0.25f);
    CHECK(forced(&limiter, 1024, -3) == SQ_FLAG_DISTANCE_CLIPPED && limiter.velocity == -3.0f);
}

static void a_hold_is_taken_over_up_to_its_sag(void) {
    for (int sign = -1; sign <= 1; sign += 2) {
        for (int beyond = 0; beyond < 2; beyond++) {
            ready_at(0.0f);
            harness_tick();
            harness_disarm();
            harness_tick();
            CHECK(outputs[0].kind == SQ_OUTPUT_HOLD && outputs[0].value == 0.0f);
            measured.position[0] = (float)sign * (beyond ? 0.0501f : SQ_HOLD_SAG);
            harness_heartbeat(true);
            harness_tick();
            harness_arm();
            harness_tick();
            CHECK(outputs[0].kind == SQ_OUTPUT_TARGET && outputs[0].value == (beyond ? measured.position[0] : 0.0f));
        }
    }
}

static void a_sag_counts_from_its_size_on(void) {
    for (int sign = -1; sign <= 1; sign += 2) {
        /* The effort comes back at the sag; while the supply is low the position follows beyond it. */
        ready_at(0.0f);
        harness_tick();
        harness_disarm();
        harness_tick();
        CHECK(outputs[0].max_effort == 0.75f);
        measured.position[0] = (float)sign * SQ_HOLD_SAG;
        measured.supply_v = 9.0f;
        harness_tick();
        CHECK(outputs[0].max_effort == 3.0f && outputs[0].value == 0.0f);
        measured.supply_v = 10.0f;
        measured.position[0] = (float)sign * 0.2f;
        harness_tick();
        CHECK(outputs[0].value == 0.0f);
    }
}

void test_exact(void) {
    sq_test_run("at a limit it is healthy, beyond it is not", at_a_limit_it_is_healthy_beyond_it_is_not);
    sq_test_run("more temperatures than joints are not read", more_temperatures_than_joints_are_not_read);
    sq_test_run("a reason without a joint names none", a_reason_without_a_joint_names_none);
    sq_test_run("parameters have these ranges", parameters_have_these_ranges);
    sq_test_run("position targets move on a line between commands", position_targets_move_on_a_line_between_commands);
    sq_test_run("a tick moves by its time and by ten milliseconds at most", a_tick_moves_by_its_time_and_by_ten_milliseconds_at_most);
    sq_test_run("a velocity brakes for the longest tick", a_velocity_brakes_for_the_longest_tick);
    sq_test_run("an effort is cut at the limits and not beside them", an_effort_is_cut_at_the_limits_and_not_beside_them);
    sq_test_run("positions at the edges of the limits", positions_at_the_edges_of_the_limits);
    sq_test_run("a target that its joint pulls along continues from rest", a_target_that_its_joint_pulls_along_continues_from_rest);
    sq_test_run("a hold is taken over up to its sag", a_hold_is_taken_over_up_to_its_sag);
    sq_test_run("a sag counts from its size on", a_sag_counts_from_its_size_on);
}
