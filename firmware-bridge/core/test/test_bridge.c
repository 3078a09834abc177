#include <math.h>
#include <string.h>

#include "harness.h"
#include "test.h"

#define WELCOME softqd_v1_LinkFromBoard_welcome_tag
#define READING softqd_v1_LinkFromBoard_reading_tag
#define STATUS softqd_v1_LinkFromBoard_status_tag
#define PARAMETERS softqd_v1_LinkFromBoard_parameters_tag
#define LOG_LINE softqd_v1_LinkFromBoard_log_line_tag

static void sends_nothing_without_torque_before_hello(void) {
    harness_boot(SQ_REASON_NONE);
    for (int i = 0; i < 100; i++) {
        harness_tick();
        CHECK(!harness_hear());
        CHECK(outputs[0].kind == SQ_OUTPUT_TORQUE_OFF && outputs[1].kind == SQ_OUTPUT_TORQUE_OFF);
    }
    harness_heartbeat(true);
    harness_arm();
    harness_command(1, 1);
    harness_disarm();
    sq_bridge_log(&bridge, softqd_v1_LinkLogLevel_LINK_LOG_LEVEL_INFO, "psst", now_us);
    CHECK(!harness_hear());
    CHECK(bridge.state == SQ_DISARMED);
}

static void welcomes_with_its_joints_and_their_hash(void) {
    harness_boot(SQ_REASON_NONE);
    harness_hello(0xabcdef01u);
    CHECK(harness_hear() && heard.which_message == WELCOME);
    const softqd_v1_LinkWelcome *welcome = &heard.message.welcome;
    CHECK(welcome->protocol_version == 2 && welcome->session == 0xabcdef01u && welcome->joints_count == 2);
    CHECK(strcmp(welcome->joints[0].name, "shoulder") == 0 && welcome->joints[0].max_velocity_rad_or_m_per_s == 2.0f);
    const softqd_v1_LinkJointStop *stop = &welcome->joints[0].stop;
    CHECK(welcome->joints[0].has_stop && stop->mode == softqd_v1_LinkStopMode_LINK_STOP_MODE_HOLD && stop->hold_ms == 2000);
    CHECK(stop->then == softqd_v1_LinkStopMode_LINK_STOP_MODE_DAMP && stop->max_hold_temperature_c == 60.0f);
    CHECK(welcome->joints[1].target_mode == softqd_v1_LinkTargetMode_LINK_TARGET_MODE_VELOCITY);
    CHECK(welcome->limits_hash == sq_limits_hash(harness_robot.joints, 2));
    CHECK(welcome->state == softqd_v1_LinkState_LINK_STATE_DISARMED);
}

static void answers_another_protocol_with_its_own_and_stays_silent(void) {
    softqd_v1_LinkToBoard message = {.which_message = softqd_v1_LinkToBoard_hello_tag};
    message.message.hello.protocol_version = 1;
    harness_boot(SQ_REASON_NONE);
    harness_send(&message);
    CHECK(harness_hear() && heard.which_message == WELCOME && heard.message.welcome.protocol_version == 2);
    harness_tick();
    CHECK(!harness_hear());
}

static void sends_readings_at_the_set_period_without_bursts(void) {
    harness_boot(SQ_REASON_NONE);
    harness_hello(3);
    CHECK(harness_hear_kind(WELCOME));
    int readings = 0;
    uint32_t sequence = 0;
    for (int i = 0; i < 100; i++) {
        measured.position[0] = (float)i;
        harness_tick();
        while (harness_hear()) {
            CHECK(heard.which_message == READING && heard.message.reading.session == 3);
            CHECK(heard.message.reading.sequence == ++sequence);
            CHECK(heard.message.reading.position_rad_or_m[0] == (float)i);
            CHECK(heard.message.reading.device_time_us == now_us);
            CHECK(heard.message.reading.applied_target_rad_or_m_or_per_s_or_nm_or_n_count == 0);
            readings++;
        }
    }
    /* The first at once, then every 2 ms. */
    CHECK(readings == 51);
    /* After a pause, of one period exactly or of many, the next one comes a period later. */
    while (harness_hear()) continue;
    do harness_tick();
    while (!harness_hear());
    for (int pause_us = 3000; pause_us < 200000; pause_us += 96000) {
        now_us += (uint64_t)pause_us;
        harness_tick();
        CHECK(harness_hear());
        CHECK(!harness_hear());
        harness_tick();
        CHECK(!harness_hear());
        harness_tick();
        CHECK(harness_hear());
    }
}

static void goes_silent_when_the_host_is_gone(void) {
    harness_boot(SQ_REASON_NONE);
    harness_hello(3);
    for (int i = 0; i < 1900; i++) harness_tick();
    CHECK(harness_hear());
    for (int i = 0; i < 200; i++) harness_tick();
    CHECK(!harness_hear());
    harness_hello(4);
    CHECK(harness_hear_kind(WELCOME));
}

static softqd_v1_LinkRefusal try_to_arm(void) {
    harness_arm();
    CHECK(harness_hear_kind(STATUS));
    CHECK(heard.message.status.accepted == (heard.message.status.refusal == softqd_v1_LinkRefusal_LINK_REFUSAL_NONE));
    return heard.message.status.refusal;
}

static void arms_only_when_engaged_healthy_and_of_the_same_limits(void) {
    harness_boot(SQ_REASON_NONE);
    harness_hello(7);
    CHECK(try_to_arm() == softqd_v1_LinkRefusal_LINK_REFUSAL_NOT_ENGAGED);
    harness_heartbeat(false);
    CHECK(try_to_arm() == softqd_v1_LinkRefusal_LINK_REFUSAL_NOT_ENGAGED);
    harness_heartbeat(true);
    CHECK(try_to_arm() == softqd_v1_LinkRefusal_LINK_REFUSAL_UNHEALTHY);
    measured.temperature_c[1] = 71;
    harness_tick();
    CHECK(try_to_arm() == softqd_v1_LinkRefusal_LINK_REFUSAL_UNHEALTHY);
    CHECK(heard.message.status.joint == 1 && heard.message.status.value == 71.0f);
    CHECK(heard.message.status.stop_reason == softqd_v1_LinkStopReason_LINK_STOP_REASON_OVERTEMPERATURE);
    measured.temperature_c[1] = 30;
    harness_tick();
    softqd_v1_LinkToBoard arm = {.which_message = softqd_v1_LinkToBoard_arm_tag};
    arm.message.arm.session = 7;
    arm.message.arm.limits_hash = 1;
    harness_send(&arm);
    CHECK(harness_hear_kind(STATUS) && heard.message.status.refusal == softqd_v1_LinkRefusal_LINK_REFUSAL_WRONG_LIMITS);
    arm.message.arm.session = 8;
    harness_send(&arm);
    CHECK(harness_hear_kind(STATUS) && heard.message.status.refusal == softqd_v1_LinkRefusal_LINK_REFUSAL_WRONG_SESSION);
    CHECK(bridge.state == SQ_DISARMED);
    CHECK(try_to_arm() == softqd_v1_LinkRefusal_LINK_REFUSAL_NONE);
    CHECK(bridge.state == SQ_ARMED);
    CHECK(try_to_arm() == softqd_v1_LinkRefusal_LINK_REFUSAL_ARMED);
}

static void an_old_engaged_heartbeat_does_not_arm(void) {
    harness_boot(SQ_REASON_NONE);
    harness_hello(7);
    harness_heartbeat(true);
    for (int i = 0; i < 91; i++) harness_tick();
    CHECK(try_to_arm() == softqd_v1_LinkRefusal_LINK_REFUSAL_NOT_ENGAGED);
}

static void begins_where_the_joints_are(void) {
    harness_ready();
    harness_tick();
    CHECK(outputs[0].kind == SQ_OUTPUT_TARGET && outputs[0].value == 0.25f);
    CHECK(outputs[1].kind == SQ_OUTPUT_TARGET && outputs[1].value == 0.0f);
}

static void follows_commands_within_the_limits_and_reports_what_was_applied(void) {
    harness_ready();
    harness_command(1.0f, 100.0f);
    float before = 0.25f;
    for (int i = 0; i < 30; i++) {
        harness_tick();
        CHECK(outputs[0].value > before && outputs[0].value - before <= 0.002f + 1e-6f);
        CHECK(outputs[1].value <= 5.0f);
        before = outputs[0].value;
    }
    CHECK(harness_hear_kind(READING));
    const softqd_v1_LinkReading *reading = &heard.message.reading;
    CHECK(reading->applied_target_rad_or_m_or_per_s_or_nm_or_n_count == 2);
    CHECK(reading->applied_target_rad_or_m_or_per_s_or_nm_or_n[0] == outputs[0].value);
    CHECK(reading->command_sequence == 1 && reading->state == softqd_v1_LinkState_LINK_STATE_ARMED);
    CHECK(reading->flags & SQ_FLAG_VELOCITY_CLIPPED);
    harness_run_ms(1000);
    CHECK(outputs[0].value == 1.0f && outputs[1].value == 5.0f);
    CHECK(harness_hear_kind(READING));
    harness_command(3.0f, 0.0f);
    harness_run_ms(1000);
    CHECK(outputs[0].value == 1.5f && outputs[1].value == 0.0f);
}

static void ignores_old_and_repeated_commands(void) {
    harness_ready();
    harness_command(0.25f, 1.0f);
    softqd_v1_LinkToBoard old = {.which_message = softqd_v1_LinkToBoard_command_tag};
    old.message.command.mode = softqd_v1_LinkCommandMode_LINK_COMMAND_MODE_TARGETS;
    old.message.command.valid_for_ms = 50;
    old.message.command.target_rad_or_m_or_per_s_or_nm_or_n_count = 2;
    for (int round = 0; round < 2; round++) {
        old.message.command.sequence = round == 0 ? 1 : 0xffffff00u;
        harness_send(&old);
        CHECK(bridge.target[1] == 1.0f && bridge.state == SQ_ARMED);
        harness_tick();
        harness_tick();
        CHECK(harness_hear_kind(READING) && (heard.message.reading.flags & SQ_FLAG_COMMAND_IGNORED));
    }
}

static void a_stop_command_keeps_it_armed_in_its_stop_modes(void) {
    harness_ready();
    harness_command(0.28f, 2.0f);
    harness_run_ms(300);
    const float held = outputs[0].value;
    CHECK(held == 0.28f);
    softqd_v1_LinkToBoard stop = {.which_message = softqd_v1_LinkToBoard_command_tag};
    stop.message.command.sequence = 1000;
    stop.message.command.mode = softqd_v1_LinkCommandMode_LINK_COMMAND_MODE_STOP;
    stop.message.command.valid_for_ms = 50;
    harness_send(&stop);
    harness_tick();
    CHECK(bridge.state == SQ_ARMED);
    CHECK(outputs[0].kind == SQ_OUTPUT_HOLD && outputs[0].value == held && outputs[1].kind == SQ_OUTPUT_DAMP);
    measured.position[0] = 0.1f;
    harness_tick();
    softqd_v1_LinkToBoard go = stop;
    go.message.command.sequence = 1001;
    go.message.command.mode = softqd_v1_LinkCommandMode_LINK_COMMAND_MODE_TARGETS;
    go.message.command.target_rad_or_m_or_per_s_or_nm_or_n_count = 2;
    go.message.command.target_rad_or_m_or_per_s_or_nm_or_n[0] = 0.5f;
    harness_send(&go);
    harness_tick();
    CHECK(outputs[0].kind == SQ_OUTPUT_TARGET && fabsf(outputs[0].value - 0.1f) <= 0.002f);
}

static void parameters_are_listed_set_within_their_range_and_only_disarmed(void) {
    softqd_v1_LinkToBoard ask = {.which_message = softqd_v1_LinkToBoard_parameter_request_tag};
    softqd_v1_LinkParameterRequest *request = &ask.message.parameter_request;
    harness_boot(SQ_REASON_NONE);
    harness_hello(1);
    harness_send(&ask);
    CHECK(harness_hear_kind(PARAMETERS) && heard.message.parameters.parameters_count == SQ_PARAMETERS);
    strcpy(request->name, "reading_period_us");
    request->value = 1000;
    harness_send(&ask);
    CHECK(harness_hear_kind(PARAMETERS) && heard.message.parameters.refusal == 0 && heard.message.parameters.parameters[0].value == 1000);
    const float bad[3] = {0, NAN, 1e30f};
    for (int i = 0; i < 3; i++) {
        request->value = bad[i];
        harness_send(&ask);
        CHECK(harness_hear_kind(PARAMETERS) && heard.message.parameters.refusal == softqd_v1_LinkRefusal_LINK_REFUSAL_OUT_OF_RANGE);
        CHECK(bridge.parameters[0] == 1000);
    }
    strcpy(request->name, "nonsense");
    harness_send(&ask);
    CHECK(harness_hear_kind(PARAMETERS) && heard.message.parameters.refusal == softqd_v1_LinkRefusal_LINK_REFUSAL_UNKNOWN_PARAMETER);
    harness_ready();
    strcpy(request->name, "heartbeat_timeout_ms");
    request->value = 500;
    harness_send(&ask);
    CHECK(harness_hear_kind(PARAMETERS) && heard.message.parameters.refusal == softqd_v1_LinkRefusal_LINK_REFUSAL_ARMED);
    CHECK(bridge.parameters[SQ_PARAMETER_HEARTBEAT_TIMEOUT_MS] == 90);
}

static void logs_one_line_and_counts_the_rest(void) {
    harness_boot(SQ_REASON_NONE);
    harness_hello(1);
    char text[300];
    memset(text, 'x', sizeof text);
    text[299] = '\0';
    sq_bridge_log(&bridge, softqd_v1_LinkLogLevel_LINK_LOG_LEVEL_WARNING, text, now_us);
    sq_bridge_log(&bridge, softqd_v1_LinkLogLevel_LINK_LOG_LEVEL_WARNING, "lost", now_us);
    CHECK(harness_hear_kind(LOG_LINE) && strlen(heard.message.log_line.text) == 95);
    CHECK(bridge.log_dropped == 1 && !harness_hear_kind(LOG_LINE));
}

void test_bridge(void) {
    sq_test_run("the bridge sends nothing and has no torque before Hello", sends_nothing_without_torque_before_hello);
    sq_test_run("the bridge welcomes with its joints and their hash", welcomes_with_its_joints_and_their_hash);
    sq_test_run("the bridge responds to another protocol with its own version and sends nothing else",
                answers_another_protocol_with_its_own_and_stays_silent);
    sq_test_run("the bridge sends readings at the set period without bursts", sends_readings_at_the_set_period_without_bursts);
    sq_test_run("the bridge sends nothing after the host has disconnected", goes_silent_when_the_host_is_gone);
    sq_test_run("the bridge arms only when engaged, without faults and with the same limits",
                arms_only_when_engaged_healthy_and_of_the_same_limits);
    sq_test_run("an old engaged heartbeat does not arm", an_old_engaged_heartbeat_does_not_arm);
    sq_test_run("targets start at the joint positions", begins_where_the_joints_are);
    sq_test_run("the bridge follows commands within the limits and reports what was applied",
                follows_commands_within_the_limits_and_reports_what_was_applied);
    sq_test_run("the bridge ignores old and repeated commands", ignores_old_and_repeated_commands);
    sq_test_run("a stop command keeps it armed in its stop modes", a_stop_command_keeps_it_armed_in_its_stop_modes);
    sq_test_run("parameters are listed, set within their range, and only disarmed",
                parameters_are_listed_set_within_their_range_and_only_disarmed);
    sq_test_run("the bridge logs one line and counts the rest", logs_one_line_and_counts_the_rest);
}
