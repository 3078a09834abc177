#include <math.h>

#include "harness.h"
#include "test.h"

#define FAULT softqd_v1_LinkFromBoard_fault_tag
#define STATUS softqd_v1_LinkFromBoard_status_tag
#define READING softqd_v1_LinkFromBoard_reading_tag

/* Stopped and reported for this reason, in the stop modes; commands and arming have no effect. */
static void check_stopped(sq_reason reason, int joint) {
    CHECK(bridge.state == SQ_STOPPED && bridge.reason == reason);
    CHECK(harness_hear_kind(FAULT));
    CHECK((sq_reason)heard.message.fault.reason == reason && heard.message.fault.joint == joint);
    CHECK(outputs[0].kind != SQ_OUTPUT_TARGET && outputs[1].kind != SQ_OUTPUT_TARGET);
    harness_run_ms(50);
    CHECK(outputs[0].kind != SQ_OUTPUT_TARGET && outputs[1].kind != SQ_OUTPUT_TARGET);
    CHECK(harness_hear_kind(READING) && (sq_reason)heard.message.reading.stop_reason == reason);
    harness_arm();
    CHECK(harness_hear_kind(STATUS) && heard.message.status.refusal == softqd_v1_LinkRefusal_LINK_REFUSAL_STOPPED);
    harness_hello(99);
    CHECK(bridge.state == SQ_STOPPED && bridge.reason == reason);
    const sq_output kept[2] = {outputs[0], outputs[1]};
    harness_disarm();
    CHECK(bridge.state == SQ_STOPPED && bridge.reason == reason);
    harness_heartbeat(true);
    harness_arm();
    CHECK(harness_hear_kind(STATUS) && heard.message.status.refusal == softqd_v1_LinkRefusal_LINK_REFUSAL_STOPPED);
    harness_clear_fault();
    harness_tick();
    CHECK(bridge.state == SQ_DISARMED && bridge.reason == reason);
    CHECK(harness_hear_kind(STATUS) && heard.message.status.accepted);
    CHECK(outputs[0].kind == kept[0].kind && outputs[0].value == kept[0].value && outputs[1].kind == kept[1].kind);
}

static void without_heartbeats_it_stops_within_the_timeout(void) {
    harness_ready();
    harness_run_ms(200);
    const float held = outputs[0].value;
    int ms = 0;
    while (bridge.state == SQ_ARMED && ms < 1000) {
        /* Commands continue: they do not replace the heartbeat. */
        if (ms % 10 == 0) harness_command(0.25f, 3.0f);
        harness_tick();
        ms++;
    }
    CHECK(ms <= 91 && ms >= 71);
    CHECK(outputs[0].kind == SQ_OUTPUT_HOLD && outputs[0].value == held && outputs[1].kind == SQ_OUTPUT_DAMP);
    check_stopped(SQ_REASON_HEARTBEAT_LOST, -1);
}

static void a_host_that_is_alive_and_not_engaged_stops_it_at_once(void) {
    harness_ready();
    harness_run_ms(50);
    harness_heartbeat(false);
    harness_tick();
    check_stopped(SQ_REASON_NOT_ENGAGED, -1);
}

static void a_command_that_expires_stops_it(void) {
    harness_ready();
    harness_command(0.25f, 3.0f);
    int ms = 0;
    while (bridge.state == SQ_ARMED && ms < 1000) {
        if (ms % 20 == 0) harness_heartbeat(true);
        harness_tick();
        ms++;
    }
    CHECK(ms == 51);
    check_stopped(SQ_REASON_COMMAND_EXPIRED, -1);
}

static void a_first_command_that_never_comes_stops_it(void) {
    harness_ready();
    int ms = 0;
    while (bridge.state == SQ_ARMED && ms < 2000) {
        if (ms % 20 == 0) harness_heartbeat(true);
        harness_tick();
        CHECK(bridge.state != SQ_ARMED || outputs[1].value == 0.0f);
        ms++;
    }
    CHECK(ms == 501);
    check_stopped(SQ_REASON_COMMAND_EXPIRED, -1);
}

static void a_command_that_makes_no_sense_stops_it(void) {
    softqd_v1_LinkToBoard message = {.which_message = softqd_v1_LinkToBoard_command_tag};
    softqd_v1_LinkCommand *command = &message.message.command;
    for (int kind = 0; kind < 7; kind++) {
        harness_ready();
        command->sequence = 5;
        command->mode = softqd_v1_LinkCommandMode_LINK_COMMAND_MODE_TARGETS;
        command->valid_for_ms = 50;
        command->target_rad_or_m_or_per_s_or_nm_or_n_count = 2;
        command->target_rad_or_m_or_per_s_or_nm_or_n[0] = 0;
        command->target_rad_or_m_or_per_s_or_nm_or_n[1] = 0;
        if (kind == 0) command->target_rad_or_m_or_per_s_or_nm_or_n[1] = NAN;
        if (kind == 1) command->target_rad_or_m_or_per_s_or_nm_or_n[0] = -INFINITY;
        if (kind == 2) command->target_rad_or_m_or_per_s_or_nm_or_n_count = 1;
        if (kind == 3) command->target_rad_or_m_or_per_s_or_nm_or_n_count = 3;
        if (kind == 4) command->mode = (softqd_v1_LinkCommandMode)9;
        if (kind == 5) command->valid_for_ms = 0;
        if (kind == 6) command->valid_for_ms = 1001;
        harness_send(&message);
        harness_tick();
        check_stopped(SQ_REASON_BAD_COMMAND, -1);
    }
}

static void every_bad_measurement_stops_it_and_names_the_joint(void) {
    for (int kind = 0; kind < 11; kind++) {
        harness_ready();
        harness_run_ms(20);
        sq_reason reason = SQ_REASON_SENSOR;
        int joint = 0;
        if (kind == 0) measured.position[0] = NAN;
        if (kind == 1) measured.velocity[1] = INFINITY, joint = 1;
        if (kind == 2) measured.effort[1] = NAN, joint = 1;
        if (kind == 3) measured.supply_v = NAN, joint = -1;
        if (kind == 4) measured.position[0] = 1.61f, reason = SQ_REASON_POSITION_LIMIT;
        if (kind == 5) measured.velocity[0] = -3.1f, reason = SQ_REASON_VELOCITY_LIMIT;
        if (kind == 6) measured.supply_v = 9.9f, reason = SQ_REASON_UNDERVOLTAGE, joint = -1;
        if (kind == 7) measured.supply_v = 14.1f, reason = SQ_REASON_OVERVOLTAGE, joint = -1;
        if (kind == 8) measured.temperature_c[1] = 70.5f, reason = SQ_REASON_OVERTEMPERATURE, joint = 1;
        if (kind == 9) measured.emergency_stop = true, reason = SQ_REASON_EMERGENCY_STOP, joint = -1;
        if (kind == 10) measured.driver_fault = true, measured.driver_fault_joint = 1, reason = SQ_REASON_MOTOR_DRIVER, joint = 1;
        harness_tick();
        if (kind == 0) CHECK(outputs[0].kind == SQ_OUTPUT_DAMP);
        if (kind == 9) CHECK(outputs[0].kind == SQ_OUTPUT_TORQUE_OFF && outputs[1].kind == SQ_OUTPUT_TORQUE_OFF);
        check_stopped(reason, joint);
    }
}

static void a_stop_gets_safer_while_it_lasts_when_things_get_worse(void) {
    harness_ready();
    harness_tick();
    harness_heartbeat(false);
    harness_tick();
    CHECK(outputs[0].kind == SQ_OUTPUT_HOLD);
    measured.temperature_c[0] = 90;
    harness_tick();
    CHECK(outputs[0].kind == SQ_OUTPUT_DAMP);
    measured.temperature_c[0] = 30;
    harness_tick();
    CHECK(outputs[0].kind == SQ_OUTPUT_DAMP);
    measured.emergency_stop = true;
    harness_tick();
    CHECK(outputs[0].kind == SQ_OUTPUT_TORQUE_OFF && outputs[1].kind == SQ_OUTPUT_TORQUE_OFF);
}

static void a_late_tick_stops_it_and_is_seen_from_outside(void) {
    harness_ready();
    harness_run_ms(20);
    CHECK(!sq_bridge_tick_overdue(&bridge, (uint32_t)now_us + 5000));
    CHECK(sq_bridge_tick_overdue(&bridge, (uint32_t)now_us + 5001));
    CHECK(!sq_bridge_tick_overdue(&bridge, (uint32_t)now_us - 1));
    now_us += 5000;
    harness_tick();
    check_stopped(SQ_REASON_TICK_LATE, -1);
    CHECK(sq_bridge_tick_overdue(&bridge, (uint32_t)now_us + 50000));
    measured.emergency_stop = true;
    harness_tick();
    CHECK(!sq_bridge_tick_overdue(&bridge, (uint32_t)now_us + 50000));
}

static void a_stop_before_the_first_tick_moves_nothing(void) {
    harness_ready();
    harness_heartbeat(false);
    harness_tick();
    CHECK(bridge.state == SQ_STOPPED && outputs[0].kind == SQ_OUTPUT_TORQUE_OFF && outputs[1].kind == SQ_OUTPUT_TORQUE_OFF);
}

static void the_reason_of_a_watchdog_reset_is_sticky(void) {
    harness_boot(SQ_REASON_WATCHDOG_RESET);
    harness_hello(7);
    harness_tick();
    harness_heartbeat(true);
    CHECK(outputs[0].kind == SQ_OUTPUT_DAMP && outputs[1].kind == SQ_OUTPUT_DAMP);
    harness_arm();
    CHECK(harness_hear_kind(STATUS) && heard.message.status.refusal == softqd_v1_LinkRefusal_LINK_REFUSAL_STOPPED);
    CHECK(heard.message.status.stop_reason == softqd_v1_LinkStopReason_LINK_STOP_REASON_WATCHDOG_RESET);
    harness_disarm();
    harness_arm();
    CHECK(bridge.state == SQ_STOPPED);
    harness_clear_fault();
    harness_arm();
    CHECK(bridge.state == SQ_ARMED && bridge.reason == SQ_REASON_NONE);
}

static void a_new_session_disarms(void) {
    harness_ready();
    harness_run_ms(20);
    harness_hello(8);
    harness_tick();
    CHECK(bridge.state == SQ_DISARMED && bridge.reason == SQ_REASON_NEW_SESSION);
    CHECK(outputs[0].kind == SQ_OUTPUT_HOLD && outputs[0].value == 0.25f && outputs[1].kind == SQ_OUTPUT_DAMP);
}

static void disarm_is_always_obeyed(void) {
    harness_ready();
    harness_run_ms(20);
    harness_disarm();
    harness_tick();
    CHECK(bridge.state == SQ_DISARMED && bridge.reason == SQ_REASON_HOST_DISARMED);
    CHECK(outputs[0].kind == SQ_OUTPUT_HOLD && outputs[1].kind == SQ_OUTPUT_DAMP);
    CHECK(harness_hear_kind(STATUS) && heard.message.status.accepted);
    CHECK(heard.message.status.outputs_count == 2 && heard.message.status.outputs[0] == softqd_v1_LinkOutput_LINK_OUTPUT_HOLD);
    CHECK(heard.message.status.outputs[1] == softqd_v1_LinkOutput_LINK_OUTPUT_DAMP);
}

static void old_heartbeats_do_not_keep_it_alive(void) {
    harness_ready();
    softqd_v1_LinkToBoard repeated = {.which_message = softqd_v1_LinkToBoard_heartbeat_tag};
    repeated.message.heartbeat.sequence = 1;
    repeated.message.heartbeat.engaged = true;
    int ms = 0;
    while (bridge.state == SQ_ARMED && ms < 1000) {
        harness_send(&repeated);
        harness_command(0.25f, 0.0f);
        harness_tick();
        ms++;
    }
    CHECK(ms <= 91);
    check_stopped(SQ_REASON_HEARTBEAT_LOST, -1);
}

void test_bridge_stops(void) {
    sq_test_run("without heartbeats it stops within the timeout, although commands arrive", without_heartbeats_it_stops_within_the_timeout);
    sq_test_run("a heartbeat that is not engaged stops it at once", a_host_that_is_alive_and_not_engaged_stops_it_at_once);
    sq_test_run("a command that expires stops it", a_command_that_expires_stops_it);
    sq_test_run("a missing first command stops it", a_first_command_that_never_comes_stops_it);
    sq_test_run("an invalid command stops it", a_command_that_makes_no_sense_stops_it);
    sq_test_run("every bad measurement stops it and names the joint", every_bad_measurement_stops_it_and_names_the_joint);
    sq_test_run("further faults during a stop select a safer stop mode", a_stop_gets_safer_while_it_lasts_when_things_get_worse);
    sq_test_run("a late tick stops it and is visible to an interrupt", a_late_tick_stops_it_and_is_seen_from_outside);
    sq_test_run("a stop before the first tick moves nothing", a_stop_before_the_first_tick_moves_nothing);
    sq_test_run("the reason of a watchdog reset is sticky", the_reason_of_a_watchdog_reset_is_sticky);
    sq_test_run("a new session disarms", a_new_session_disarms);
    sq_test_run("disarm is always accepted", disarm_is_always_obeyed);
    sq_test_run("old heartbeats do not reset the timeout", old_heartbeats_do_not_keep_it_alive);
}
