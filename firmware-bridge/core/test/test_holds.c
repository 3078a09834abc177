#include <math.h>
#include <string.h>

#include "harness.h"
#include "test.h"

#define LOG_LINE softqd_v1_LinkFromBoard_log_line_tag

static const sq_joint_stop hold_then_off = {SQ_STOP_HOLD, 500, SQ_STOP_TORQUE_OFF, 50};
static const sq_joint_stop damp = {SQ_STOP_DAMP, 0, SQ_STOP_DAMP, 60};
static const sq_joint_stop off = {SQ_STOP_TORQUE_OFF, 0, SQ_STOP_TORQUE_OFF, 60};

static bool is_close(float value, float expected) { return fabsf(value - expected) <= 1e-6f; }

static void a_small_lead_that_carries_the_load_is_kept(void) {
    for (int sign = -1; sign <= 1; sign += 2) {
        harness_push(0.03f * (float)sign, 1.0f);
        harness_disarm();
        harness_tick();
        CHECK(outputs[0].kind == SQ_OUTPUT_HOLD && is_close(outputs[0].value, 0.25f + 0.03f * (float)sign));
    }
}

static void a_far_target_is_held_near_the_measured_position(void) {
    for (int sign = -1; sign <= 1; sign += 2) {
        for (int way = 0; way < 4; way++) {
            harness_push(0.35f * (float)sign, 2.9f);
            if (way == 0) harness_disarm();
            if (way == 1) harness_heartbeat(false);
            if (way == 2) harness_hello(9);
            if (way == 3) now_us += 4000;
            if (way == 3) harness_heartbeat(true);
            if (way == 3) measured.supply_v = 14.5f;
            harness_tick();
            CHECK(bridge.state != SQ_ARMED && outputs[0].kind == SQ_OUTPUT_HOLD);
            CHECK(is_close(outputs[0].value, 0.25f + 0.04f * (float)sign));
        }
    }
}

static void the_effort_is_bounded_by_the_load_at_the_stop(void) {
    const float loads[6] = {0.0f, 0.5f, 0.7f, -1.0f, 2.9f, 100.0f};
    const float limits[6] = {0.75f, 0.75f, 0.91f, 1.3f, 3.0f, 3.0f};
    for (int i = 0; i < 6; i++) {
        harness_push(0.01f, loads[i]);
        harness_disarm();
        harness_tick();
        CHECK(outputs[0].kind == SQ_OUTPUT_HOLD && is_close(outputs[0].max_effort, limits[i]));
    }
    harness_push(0.01f, 1.0f);
    measured.effort[0] = NAN;
    harness_tick();
    CHECK(bridge.state == SQ_STOPPED && outputs[0].kind == SQ_OUTPUT_HOLD && outputs[0].max_effort == 3.0f);
}

static void a_joint_that_sags_gets_its_effort_back(void) {
    for (int sign = -1; sign <= 1; sign += 2) {
        harness_push(0.01f, 1.0f);
        harness_disarm();
        harness_tick();
        while (harness_hear()) continue;
        measured.position[0] = 0.25f + 0.049f * (float)sign;
        harness_tick();
        CHECK(is_close(outputs[0].max_effort, 1.3f) && !harness_hear_kind(LOG_LINE));
        measured.position[0] = 0.25f + 0.0501f * (float)sign;
        harness_tick();
        CHECK(outputs[0].kind == SQ_OUTPUT_HOLD && outputs[0].max_effort == 3.0f && is_close(outputs[0].value, 0.26f));
        CHECK(harness_hear_kind(LOG_LINE) && strcmp(heard.message.log_line.text, "shoulder sagged while it was held: full effort again") == 0);
        harness_tick();
        CHECK(!harness_hear_kind(LOG_LINE));
    }
}

static void a_held_joint_is_released_after_its_time(void) {
    harness_push(0.01f, 1.0f);
    const sq_joint_stop stops[2] = {hold_then_off, off};
    harness_disarm_to(stops, 2);
    for (int ms = 0; ms < 499; ms++) harness_tick();
    CHECK(outputs[0].kind == SQ_OUTPUT_HOLD && outputs[1].kind == SQ_OUTPUT_TORQUE_OFF);
    harness_tick();
    CHECK(outputs[0].kind == SQ_OUTPUT_TORQUE_OFF && bridge.state == SQ_DISARMED);
    for (int ms = 0; ms < 2000; ms++) harness_tick();
    CHECK(outputs[0].kind == SQ_OUTPUT_TORQUE_OFF);
}

static void without_the_host_the_time_of_the_table_applies(void) {
    harness_push(0.01f, 1.0f);
    int held_ms = 0;
    for (int ms = 0; ms < 3000; ms++) {
        harness_tick();
        if (outputs[0].kind == SQ_OUTPUT_HOLD) held_ms++;
    }
    CHECK(held_ms == 2000 && bridge.state == SQ_STOPPED && bridge.reason == SQ_REASON_COMMAND_EXPIRED);
    CHECK(outputs[0].kind == SQ_OUTPUT_DAMP);
}

static void hold_then_hold_has_no_limit_of_time(void) {
    harness_push(0.01f, 1.0f);
    const sq_joint_stop stops[2] = {{SQ_STOP_HOLD, 0, SQ_STOP_HOLD, 60}, damp};
    harness_disarm_to(stops, 2);
    for (int ms = 0; ms < 5000; ms++) harness_tick();
    CHECK(outputs[0].kind == SQ_OUTPUT_HOLD && outputs[1].kind == SQ_OUTPUT_DAMP);
    measured.temperature_c[0] = 60.5f;
    harness_tick();
    CHECK(outputs[0].kind == SQ_OUTPUT_DAMP);
}

static void a_hot_joint_does_not_hold(void) {
    harness_push(0.01f, 1.0f);
    const sq_joint_stop stops[2] = {hold_then_off, damp};
    harness_disarm_to(stops, 2);
    measured.temperature_c[0] = 50.0f;
    harness_tick();
    CHECK(outputs[0].kind == SQ_OUTPUT_HOLD);
    measured.temperature_c[1] = 65.0f;
    harness_tick();
    CHECK(outputs[0].kind == SQ_OUTPUT_HOLD);
    measured.temperature_c[0] = 50.1f;
    harness_tick();
    CHECK(outputs[0].kind == SQ_OUTPUT_TORQUE_OFF);
    /* The limit of the board applies to every plan, and to a temperature that is not measured any more. */
    for (int kind = 0; kind < 2; kind++) {
        harness_push(0.01f, 1.0f);
        const sq_joint_stop hot[2] = {{SQ_STOP_HOLD, 500, SQ_STOP_HOLD, 1000}, damp};
        harness_disarm_to(hot, 2);
        measured.temperature_c[0] = 70.0f;
        harness_tick();
        CHECK(outputs[0].kind == SQ_OUTPUT_HOLD);
        measured.temperature_c[0] = kind == 0 ? 70.5f : NAN;
        harness_tick();
        CHECK(outputs[0].kind == SQ_OUTPUT_DAMP && outputs[0].value == 0.0f && outputs[0].max_effort == 0.0f);
    }
    /* A joint without a sensor for its temperature holds. */
    harness_push(0.01f, 1.0f);
    measured.temperature_count = 0;
    measured.temperature_c[0] = 99;
    harness_disarm();
    harness_tick();
    CHECK(outputs[0].kind == SQ_OUTPUT_HOLD);
}

static void a_joint_without_a_sensor_or_driver_does_not_hold(void) {
    for (int kind = 0; kind < 4; kind++) {
        harness_push(0.01f, 1.0f);
        harness_disarm();
        harness_tick();
        CHECK(outputs[0].kind == SQ_OUTPUT_HOLD);
        if (kind == 0) measured.position[0] = NAN;
        if (kind == 1) measured.velocity[0] = INFINITY;
        if (kind >= 2) measured.driver_fault = true, measured.driver_fault_joint = (uint8_t)(kind - 2);
        harness_tick();
        CHECK(outputs[0].kind == (kind == 3 ? SQ_OUTPUT_HOLD : SQ_OUTPUT_DAMP));
    }
}

static void a_stop_with_a_measurement_that_is_missing_damps(void) {
    harness_push(0.01f, 1.0f);
    measured.position[0] = NAN;
    harness_tick();
    CHECK(bridge.state == SQ_STOPPED && outputs[0].kind == SQ_OUTPUT_DAMP && outputs[0].value == 0.0f && outputs[0].max_effort == 0.0f);
}

static void a_velocity_joint_holds_where_it_is(void) {
    const sq_joint pair[2] = {harness_robot.joints[0], {"wheel", SQ_TARGET_VELOCITY, {SQ_STOP_HOLD, 500, SQ_STOP_DAMP, 60}, -9, 9, 5, 50, SQ_NO_LIMIT, 1, 100}};
    sq_robot robot = harness_robot;
    robot.joints = pair;
    harness_ready();
    bridge.robot = &robot;
    measured.position[1] = 0.5f;
    harness_command(0.25f, 2.0f);
    harness_run_ms(50);
    harness_disarm();
    harness_tick();
    CHECK(outputs[1].kind == SQ_OUTPUT_HOLD && outputs[1].value == 0.5f && outputs[1].max_effort == 0.25f);
}

static void an_obstruction_that_goes_away_moves_the_joint_little(void) {
    for (int way = 0; way < 3; way++) {
        harness_push(0.35f, 2.9f);
        if (way == 0) harness_disarm();
        /* way 1: the host is dead. */
        if (way == 2) harness_heartbeat(false);
        float position = 0.25f;
        float velocity = 0.0f;
        float farthest = 0.0f;
        for (int ms = 0; ms < 1500; ms++) {
            harness_tick();
            if (bridge.state == SQ_ARMED) continue;
            CHECK(outputs[0].kind == SQ_OUTPUT_HOLD);
            float effort = 14.4f * (outputs[0].value - position) - 0.48f * velocity;
            if (effort > outputs[0].max_effort) effort = outputs[0].max_effort;
            if (effort < -outputs[0].max_effort) effort = -outputs[0].max_effort;
            if (ms < 500) continue;
            velocity += effort / 0.004f * 0.001f;
            position += velocity * 0.001f;
            measured.position[0] = position;
            measured.velocity[0] = velocity;
            if (fabsf(position - 0.25f) > farthest) farthest = fabsf(position - 0.25f);
        }
        CHECK(farthest > 0.03f && farthest < 0.05f && fabsf(velocity) < 0.01f);
    }
}

void test_holds(void) {
    sq_test_run("an obstruction that goes away after the stop moves the joint by less than 0.05 rad", an_obstruction_that_goes_away_moves_the_joint_little);
    sq_test_run("a small lead that carries the load is kept", a_small_lead_that_carries_the_load_is_kept);
    sq_test_run("a far target is held near the measured position, whatever stops the board", a_far_target_is_held_near_the_measured_position);
    sq_test_run("the effort of a hold is bounded by the load at the stop", the_effort_is_bounded_by_the_load_at_the_stop);
    sq_test_run("a joint that sags gets its effort back, and the log says so", a_joint_that_sags_gets_its_effort_back);
    sq_test_run("a held joint is released after its time", a_held_joint_is_released_after_its_time);
    sq_test_run("without the host the hold time of the table applies", without_the_host_the_time_of_the_table_applies);
    sq_test_run("hold, then hold has no limit of time, but of temperature", hold_then_hold_has_no_limit_of_time);
    sq_test_run("a hot joint does not hold", a_hot_joint_does_not_hold);
    sq_test_run("a joint without a sensor or driver does not hold", a_joint_without_a_sensor_or_driver_does_not_hold);
    sq_test_run("a stop with a measurement that is missing damps", a_stop_with_a_measurement_that_is_missing_damps);
    sq_test_run("a velocity joint holds where it is", a_velocity_joint_holds_where_it_is);
}
