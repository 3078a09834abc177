#include <string.h>

#include "sq_bridge_internal.h"

/* The period of the slowest control loop, 25 Hz. */
#define LONGEST_INTERVAL_US 40000u

const sq_parameter_range sq_parameter_ranges[SQ_PARAMETERS] = {
    {"reading_period_us", 2000.0f, 500.0f, 1000000.0f},
    /* With a tick, a frame's way and a heartbeat's period the joints are in their stop mode within 100 ms. */
    {"heartbeat_timeout_ms", 90.0f, 20.0f, 100.0f},
    {"first_command_ms", 500.0f, 10.0f, 2000.0f},
};

void sq_bridge_init(sq_bridge *bridge, const sq_robot *robot, sq_reason boot_reason, uint64_t now_us) {
    memset(bridge, 0, sizeof *bridge);
    bridge->robot = robot;
    bridge->limits_hash = sq_limits_hash(robot->joints, robot->joint_count);
    bridge->state = boot_reason == SQ_REASON_NONE ? SQ_DISARMED : SQ_STOPPED;
    bridge->reason = boot_reason;
    bridge->reason_joint = -1;
    bridge->tick_us = now_us;
    bridge->tick_low_us = (uint32_t)now_us;
    for (size_t i = 0; i < SQ_PARAMETERS; i++) bridge->parameters[i] = sq_parameter_ranges[i].initial;
    /* No torque after power-on. After a restart in the middle of a motion a joint damps: that needs no position, and a loaded joint does not fall. */
    for (size_t i = 0; boot_reason != SQ_REASON_NONE && i < robot->joint_count; i++)
        if (robot->joints[i].stop.mode != SQ_STOP_TORQUE_OFF) bridge->outputs[i].kind = SQ_OUTPUT_DAMP;
    sq_frame_decoder_init(&bridge->decoder);
}

bool sq_bridge_alive(const sq_bridge *bridge, uint64_t now_us) {
    const uint64_t timeout_us = (uint64_t)(bridge->parameters[SQ_PARAMETER_HEARTBEAT_TIMEOUT_MS] * 1000.0f);
    return bridge->heartbeat_seen && now_us - bridge->heartbeat_us <= timeout_us;
}

static sq_reason found(sq_reason reason, size_t at, float bad, int32_t *joint, float *value) {
    *joint = (int32_t)at;
    *value = bad;
    return reason;
}

static sq_reason joint_health(const sq_bridge *bridge, size_t i, int32_t *joint, float *value) {
    const sq_robot *robot = bridge->robot;
    const sq_joint *limits = &robot->joints[i];
    const sq_measurement *now = &bridge->measured;
    const float position = now->position[i];
    const float velocity = now->velocity[i];
    if (!sq_is_finite(position)) return found(SQ_REASON_SENSOR, i, position, joint, value);
    if (!sq_is_finite(velocity)) return found(SQ_REASON_SENSOR, i, velocity, joint, value);
    if (!sq_is_finite(now->effort[i])) return found(SQ_REASON_SENSOR, i, now->effort[i], joint, value);
    if (position < limits->min_position - robot->position_margin || position > limits->max_position + robot->position_margin)
        return found(SQ_REASON_POSITION_LIMIT, i, position, joint, value);
    const float fastest = limits->max_velocity * robot->velocity_factor;
    if (velocity > fastest || velocity < -fastest) return found(SQ_REASON_VELOCITY_LIMIT, i, velocity, joint, value);
    return SQ_REASON_NONE;
}

sq_reason sq_bridge_health(const sq_bridge *bridge, int32_t *joint, float *value) {
    const sq_robot *robot = bridge->robot;
    const sq_measurement *now = &bridge->measured;
    *joint = -1;
    *value = 0.0f;
    if (now->emergency_stop) return SQ_REASON_EMERGENCY_STOP;
    if (now->driver_fault) return found(SQ_REASON_MOTOR_DRIVER, now->driver_fault_joint, 0.0f, joint, value);
    if (!bridge->measured_once) return SQ_REASON_SENSOR;
    for (size_t i = 0; i < robot->joint_count; i++) {
        const sq_reason reason = joint_health(bridge, i, joint, value);
        if (reason != SQ_REASON_NONE) return reason;
    }
    for (size_t i = 0; i < now->temperature_count && i < SQ_MAX_JOINTS; i++) {
        const float t = now->temperature_c[i];
        if (!sq_is_finite(t)) return found(SQ_REASON_SENSOR, i, t, joint, value);
        if (t > robot->max_temperature_c) return found(SQ_REASON_OVERTEMPERATURE, i, t, joint, value);
    }
    *value = now->supply_v;
    if (!sq_is_finite(now->supply_v)) return SQ_REASON_SENSOR;
    if (now->supply_v < robot->min_supply_v) return SQ_REASON_UNDERVOLTAGE;
    if (now->supply_v > robot->max_supply_v) return SQ_REASON_OVERVOLTAGE;
    *value = 0.0f;
    return SQ_REASON_NONE;
}

void sq_bridge_stop(sq_bridge *bridge, sq_reason reason, int32_t joint, float value, uint64_t now_us) {
    if (bridge->state != SQ_ARMED) return;
    bridge->state = SQ_STOPPED;
    bridge->reason = reason;
    bridge->reason_joint = joint;
    bridge->reason_value = value;
    bridge->fault_due = true;
    bridge->fault_us = now_us;
    sq_bridge_begin_stop(bridge, NULL, now_us);
}

void sq_bridge_disarm(sq_bridge *bridge, sq_reason reason, const sq_joint_stop *stops, uint64_t now_us) {
    if (bridge->state == SQ_ARMED) {
        bridge->state = SQ_DISARMED;
        bridge->reason = reason;
        bridge->reason_joint = -1;
        bridge->reason_value = 0.0f;
    }
    sq_bridge_begin_stop(bridge, stops, now_us);
}

void sq_bridge_start(sq_bridge *bridge, uint64_t now_us) {
    for (size_t i = 0; i < bridge->robot->joint_count; i++) {
        const sq_output *output = &bridge->outputs[i];
        float position = bridge->measured.position[i];
        /* A held joint starts at the position that carries its load. */
        const float lead = output->value - position;
        if (output->kind == SQ_OUTPUT_HOLD && lead >= -SQ_HOLD_SAG && lead <= SQ_HOLD_SAG) position = output->value;
        sq_limiter_start(&bridge->limiters[i], &bridge->robot->joints[i], position);
        bridge->target[i] = bridge->limiters[i].target;
    }
    bridge->state = SQ_ARMED;
    bridge->reason = SQ_REASON_NONE;
    bridge->reason_joint = -1;
    bridge->reason_value = 0.0f;
    bridge->command_stop = false;
    bridge->command_us = now_us;
    bridge->line_us = 0;
    bridge->command_deadline_us = now_us + (uint64_t)(bridge->parameters[SQ_PARAMETER_FIRST_COMMAND_MS] * 1000.0f);
}

/*
 * Commands come every few ticks: taken as they come, position targets would be steps that the acceleration limit has to round off one by
 * one. They are straight lines from one to the next instead, a quarter longer than the time between two, so that the line does not end
 * before a command that is a little late.
 */
float sq_bridge_request(const sq_bridge *bridge, size_t i, uint64_t now_us) {
    const uint64_t passed_us = now_us - bridge->command_us;
    if (bridge->robot->joints[i].target_mode != SQ_TARGET_POSITION || passed_us >= bridge->line_us) return bridge->target[i];
    return bridge->line_start[i] + (bridge->target[i] - bridge->line_start[i]) * ((float)passed_us / (float)bridge->line_us);
}

void sq_bridge_command(sq_bridge *bridge, const float *targets, uint64_t now_us) {
    const size_t size = bridge->robot->joint_count * sizeof *targets;
    if (memcmp(bridge->target, targets, size) == 0) return;
    const uint64_t interval_us = now_us - bridge->command_us < LONGEST_INTERVAL_US ? now_us - bridge->command_us : LONGEST_INTERVAL_US;
    for (size_t i = 0; i < bridge->robot->joint_count; i++) bridge->line_start[i] = sq_bridge_request(bridge, i, now_us);
    bridge->command_us = now_us;
    bridge->line_us = interval_us + interval_us / 4u;
    memcpy(bridge->target, targets, size);
}

/* A late tick moves a target by at most this much time: slower, never a jump. */
#define LONGEST_STEP_US 10000u

static void drive(sq_bridge *bridge, uint64_t now_us, uint64_t elapsed_us) {
    const float dt_s = (float)(elapsed_us < LONGEST_STEP_US ? elapsed_us : LONGEST_STEP_US) * 1e-6f;
    for (size_t i = 0; i < bridge->robot->joint_count; i++) {
        const sq_measurement *now = &bridge->measured;
        sq_limiter *limiter = &bridge->limiters[i];
        const sq_limit_input input = {now->position[i], now->velocity[i], dt_s, (float)LONGEST_STEP_US * 1e-6f};
        bridge->flags |= sq_limit(limiter, &bridge->robot->joints[i], sq_bridge_request(bridge, i, now_us), &input);
        bridge->outputs[i] = (sq_output){SQ_OUTPUT_TARGET, limiter->target, bridge->robot->joints[i].max_effort};
    }
}

static void armed_tick(sq_bridge *bridge, uint64_t now_us, uint64_t elapsed_us) {
    int32_t joint = -1;
    float value = 0.0f;
    sq_reason reason = sq_bridge_health(bridge, &joint, &value);
    if (reason == SQ_REASON_NONE && elapsed_us > bridge->robot->max_tick_us) {
        reason = SQ_REASON_TICK_LATE;
        value = (float)elapsed_us;
    }
    if (reason == SQ_REASON_NONE && !sq_bridge_alive(bridge, now_us)) reason = SQ_REASON_HEARTBEAT_LOST;
    if (reason == SQ_REASON_NONE && !bridge->engaged) reason = SQ_REASON_NOT_ENGAGED;
    if (reason == SQ_REASON_NONE && now_us > bridge->command_deadline_us) reason = SQ_REASON_COMMAND_EXPIRED;
    if (reason != SQ_REASON_NONE) {
        sq_bridge_stop(bridge, reason, joint, value, now_us);
        return;
    }
    if (!bridge->command_stop && elapsed_us > 0) drive(bridge, now_us, elapsed_us);
    if (bridge->command_stop) sq_bridge_update_stop(bridge, now_us);
}

void sq_bridge_tick(sq_bridge *bridge, const sq_measurement *measurement, uint64_t now_us, sq_output *outputs) {
    const uint64_t elapsed_us = now_us - bridge->tick_us;
    bridge->measured = *measurement;
    bridge->measured_once = true;
    bridge->tick_us = now_us;
    bridge->tick_low_us = (uint32_t)now_us;
    if (bridge->state == SQ_ARMED) armed_tick(bridge, now_us, elapsed_us);
    else sq_bridge_update_stop(bridge, now_us);
    memcpy(outputs, bridge->outputs, bridge->robot->joint_count * sizeof *outputs);
    if (bridge->session_open && now_us >= bridge->next_reading_us) {
        const uint64_t period_us = (uint64_t)bridge->parameters[SQ_PARAMETER_READING_PERIOD_US];
        bridge->reading_due = true;
        bridge->reading_us = now_us;
        bridge->reading_sequence++;
        /* Absolute deadlines: a late reading does not shift those that follow, and missed ones are skipped. */
        bridge->next_reading_us += period_us;
        if (bridge->next_reading_us <= now_us) bridge->next_reading_us = now_us + period_us;
    }
}

bool sq_bridge_tick_overdue(const sq_bridge *bridge, uint32_t now_low_us) {
    const uint32_t late_us = now_low_us - bridge->tick_low_us;
    return (bridge->state == SQ_ARMED || bridge->holds) && late_us < 0x80000000u && late_us > bridge->robot->max_tick_us;
}
