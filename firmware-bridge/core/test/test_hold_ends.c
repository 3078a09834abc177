#include <math.h>
#include <string.h>

#include "harness.h"
#include "test.h"

#define STATUS softqd_v1_LinkFromBoard_status_tag

static const sq_joint_stop hold_then_off = {SQ_STOP_HOLD, 500, SQ_STOP_TORQUE_OFF, 50};
static const sq_joint_stop damp = {SQ_STOP_DAMP, 0, SQ_STOP_DAMP, 60};
static const sq_joint_stop off = {SQ_STOP_TORQUE_OFF, 0, SQ_STOP_TORQUE_OFF, 60};
static bool is_close(float value, float expected) { return fabsf(value - expected) <= 1e-6f; }

static void an_emergency_stop_ends_every_stop_for_good(void) {
    harness_push(0.01f, 1.0f);
    harness_disarm();
    measured.emergency_stop = true;
    harness_tick();
    CHECK(outputs[0].kind == SQ_OUTPUT_TORQUE_OFF && outputs[1].kind == SQ_OUTPUT_TORQUE_OFF);
    measured.emergency_stop = false;
    harness_tick();
    harness_disarm();
    harness_tick();
    CHECK(outputs[0].kind == SQ_OUTPUT_TORQUE_OFF && outputs[1].kind == SQ_OUTPUT_TORQUE_OFF);
}

static void a_second_disarm_lowers_and_never_raises(void) {
    const sq_joint_stop both_damp[2] = {damp, damp};
    const sq_joint_stop both_off[2] = {off, off};
    const sq_joint_stop both_hold[2] = {{SQ_STOP_HOLD, 500, SQ_STOP_HOLD, 60}, {SQ_STOP_HOLD, 500, SQ_STOP_HOLD, 60}};
    harness_push(0.01f, 1.0f);
    harness_disarm_to(both_damp, 2);
    harness_tick();
    CHECK(outputs[0].kind == SQ_OUTPUT_DAMP && outputs[1].kind == SQ_OUTPUT_DAMP);
    harness_disarm_to(both_hold, 2);
    harness_tick();
    CHECK(outputs[0].kind == SQ_OUTPUT_DAMP && outputs[1].kind == SQ_OUTPUT_DAMP);
    harness_disarm_to(both_off, 2);
    harness_tick();
    CHECK(outputs[0].kind == SQ_OUTPUT_TORQUE_OFF && outputs[1].kind == SQ_OUTPUT_TORQUE_OFF);
    harness_disarm();
    harness_tick();
    CHECK(outputs[0].kind == SQ_OUTPUT_TORQUE_OFF && outputs[1].kind == SQ_OUTPUT_TORQUE_OFF);
    /* The wheel damps by the table of the board: no request makes it hold. */
    harness_push(0.01f, 1.0f);
    harness_disarm_to(both_hold, 2);
    harness_tick();
    CHECK(outputs[0].kind == SQ_OUTPUT_HOLD && outputs[1].kind == SQ_OUTPUT_DAMP);
    /* A stop of the board's own is lowered by a disarm, too. */
    harness_push(0.01f, 1.0f);
    harness_heartbeat(false);
    harness_tick();
    CHECK(bridge.state == SQ_STOPPED && outputs[0].kind == SQ_OUTPUT_HOLD);
    harness_disarm_to(both_off, 2);
    harness_tick();
    CHECK(bridge.state == SQ_STOPPED && outputs[0].kind == SQ_OUTPUT_TORQUE_OFF);
}

static void a_second_disarm_prolongs_nothing(void) {
    const sq_joint_stop stops[2] = {hold_then_off, damp};
    harness_push(0.03f, 1.0f);
    harness_disarm_to(stops, 2);
    harness_tick();
    const sq_output held = outputs[0];
    measured.position[0] = 0.22f;
    for (int ms = 1; ms < 400; ms++) harness_tick();
    harness_disarm_to(stops, 2);
    harness_tick();
    CHECK(outputs[0].kind == SQ_OUTPUT_HOLD && outputs[0].value == held.value && outputs[0].max_effort == held.max_effort);
    for (int ms = 401; ms < 500; ms++) harness_tick();
    CHECK(outputs[0].kind == SQ_OUTPUT_TORQUE_OFF);
}

static void a_plan_that_makes_no_sense_is_replaced_by_the_table(void) {
    const sq_joint_stop bad_mode[2] = {{(sq_stop_mode)0, 0, SQ_STOP_TORQUE_OFF, 60}, off};
    const sq_joint_stop bad_then[2] = {{SQ_STOP_TORQUE_OFF, 0, (sq_stop_mode)4, 60}, off};
    for (int kind = 0; kind < 3; kind++) {
        harness_push(0.01f, 1.0f);
        harness_disarm_to(kind == 1 ? bad_then : bad_mode, kind == 2 ? 1 : 2);
        harness_tick();
        CHECK(bridge.state == SQ_DISARMED && outputs[0].kind == SQ_OUTPUT_HOLD);
        CHECK(outputs[1].kind == (kind == 2 ? SQ_OUTPUT_DAMP : SQ_OUTPUT_TORQUE_OFF));
        CHECK(bridge.stops[0].hold_ms == 2000);
    }
    /* `then` is not above the mode. */
    const sq_joint_stop rising[2] = {{SQ_STOP_DAMP, 0, SQ_STOP_HOLD, 60}, off};
    harness_push(0.01f, 1.0f);
    harness_disarm_to(rising, 2);
    harness_tick();
    CHECK(outputs[0].kind == SQ_OUTPUT_DAMP && bridge.stops[0].then == SQ_STOP_DAMP);
}

static void a_hold_does_not_return_to_where_it_was_before_the_supply_failed(void) {
    for (int sign = -1; sign <= 1; sign += 2) {
        harness_push(0.02f, 1.0f);
        measured.supply_v = 9.0f;
        harness_tick();
        CHECK(bridge.state == SQ_STOPPED && bridge.reason == SQ_REASON_UNDERVOLTAGE && is_close(outputs[0].value, 0.27f));
        measured.position[0] = 0.27f + 0.049f * (float)sign;
        harness_tick();
        CHECK(is_close(outputs[0].value, 0.27f));
        measured.position[0] = 0.27f + 0.5f * (float)sign;
        harness_tick();
        CHECK(outputs[0].kind == SQ_OUTPUT_HOLD && outputs[0].value == measured.position[0]);
        measured.supply_v = 12.0f;
        const float fallen = measured.position[0];
        measured.position[0] += 0.01f;
        harness_tick();
        CHECK(outputs[0].value == fallen);
        /* With a good supply the joint stays where it was stopped. */
        measured.position[0] = fallen + 0.3f;
        harness_tick();
        CHECK(outputs[0].value == fallen);
    }
}

static void arming_a_held_joint_starts_where_it_is_held(void) {
    harness_push(0.03f, 1.0f);
    harness_disarm();
    harness_tick();
    harness_heartbeat(true);
    harness_arm();
    harness_tick();
    CHECK(bridge.state == SQ_ARMED && outputs[0].kind == SQ_OUTPUT_TARGET && is_close(outputs[0].value, 0.28f));
    CHECK(outputs[0].max_effort == 3.0f);
    /* Unless it is somewhere else now. */
    for (int sign = -1; sign <= 1; sign += 2) {
        harness_push(0.03f, 1.0f);
        harness_disarm();
        measured.position[0] = 0.28f + 0.051f * (float)sign;
        harness_tick();
        harness_heartbeat(true);
        harness_arm();
        harness_tick();
        CHECK(outputs[0].kind == SQ_OUTPUT_TARGET && outputs[0].value == measured.position[0]);
        /* And the next stop is around the new position. */
        harness_disarm();
        harness_tick();
        CHECK(outputs[0].kind == SQ_OUTPUT_HOLD && outputs[0].value == measured.position[0]);
    }
}

static void the_hold_time_starts_over_after_arming(void) {
    const sq_joint_stop stops[2] = {hold_then_off, damp};
    harness_push(0.01f, 1.0f);
    harness_disarm_to(stops, 2);
    for (int ms = 0; ms < 400; ms++) harness_tick();
    harness_heartbeat(true);
    harness_arm();
    harness_run_ms(300);
    harness_disarm_to(stops, 2);
    for (int ms = 0; ms < 499; ms++) harness_tick();
    CHECK(outputs[0].kind == SQ_OUTPUT_HOLD);
    harness_tick();
    CHECK(outputs[0].kind == SQ_OUTPUT_TORQUE_OFF);
}

static void a_fault_is_cleared_only_by_its_session_and_not_while_armed(void) {
    softqd_v1_LinkToBoard clear = {.which_message = softqd_v1_LinkToBoard_clear_fault_tag};
    harness_ready();
    harness_clear_fault();
    CHECK(bridge.state == SQ_ARMED && harness_hear_kind(STATUS));
    CHECK(!heard.message.status.accepted && heard.message.status.refusal == softqd_v1_LinkRefusal_LINK_REFUSAL_ARMED);
    harness_heartbeat(false);
    harness_tick();
    clear.message.clear_fault.session = bridge.session + 1;
    harness_send(&clear);
    CHECK(bridge.state == SQ_STOPPED && harness_hear_kind(STATUS));
    CHECK(heard.message.status.refusal == softqd_v1_LinkRefusal_LINK_REFUSAL_WRONG_SESSION);
    harness_clear_fault();
    CHECK(bridge.state == SQ_DISARMED && bridge.reason == SQ_REASON_NOT_ENGAGED);
    CHECK(harness_hear_kind(STATUS) && heard.message.status.accepted);
    harness_clear_fault();
    CHECK(bridge.state == SQ_DISARMED && harness_hear_kind(STATUS) && heard.message.status.accepted);
}

static void a_hanging_tick_is_seen_while_a_joint_is_held(void) {
    harness_push(0.01f, 1.0f);
    harness_disarm();
    harness_tick();
    CHECK(sq_bridge_tick_overdue(&bridge, (uint32_t)now_us + 5001));
    CHECK(!sq_bridge_tick_overdue(&bridge, (uint32_t)now_us + 5000));
    const sq_joint_stop both_damp[2] = {damp, damp};
    harness_disarm_to(both_damp, 2);
    CHECK(!sq_bridge_tick_overdue(&bridge, (uint32_t)now_us + 5001));
}

/* A stiff position drive of 0.004 kg m2, critically damped at 60 rad/s, that an obstruction keeps in its place for a time. */

void test_hold_ends(void) {
    sq_test_run("an emergency stop ends every stop for good", an_emergency_stop_ends_every_stop_for_good);
    sq_test_run("a second disarm lowers and never raises", a_second_disarm_lowers_and_never_raises);
    sq_test_run("a second disarm prolongs nothing", a_second_disarm_prolongs_nothing);
    sq_test_run("a stop plan that makes no sense is replaced by the table", a_plan_that_makes_no_sense_is_replaced_by_the_table);
    sq_test_run("a hold does not return to where it was before the supply failed", a_hold_does_not_return_to_where_it_was_before_the_supply_failed);
    sq_test_run("arming a held joint starts where it is held", arming_a_held_joint_starts_where_it_is_held);
    sq_test_run("the hold time starts over after arming", the_hold_time_starts_over_after_arming);
    sq_test_run("a fault is cleared only by its session and not while armed", a_fault_is_cleared_only_by_its_session_and_not_while_armed);
    sq_test_run("a hanging tick is seen while a joint is held", a_hanging_tick_is_seen_while_a_joint_is_held);
}
