#include <string.h>

#include "sq_bridge_internal.h"

/* Numbers of sq_stop_mode grow toward the safer mode. */
static sq_stop_mode safer(sq_stop_mode a, sq_stop_mode b) { return a > b ? a : b; }

static bool is_stop_mode(sq_stop_mode mode) { return mode >= SQ_STOP_HOLD && mode <= SQ_STOP_TORQUE_OFF; }

static sq_output_kind output_of(sq_stop_mode mode) {
    if (mode == SQ_STOP_HOLD) return SQ_OUTPUT_HOLD;
    return mode == SQ_STOP_DAMP ? SQ_OUTPUT_DAMP : SQ_OUTPUT_TORQUE_OFF;
}

static float clamp(float value, float low, float high) { return value < low ? low : value > high ? high : value; }

static float distance(float a, float b) { return a < b ? b - a : a - b; }

/* The stop of one joint: what the host requests, but never above the mode of the board's table. */
static sq_joint_stop allowed(const sq_joint *joint, const sq_joint_stop *requested) {
    if (requested == NULL || !is_stop_mode(requested->mode) || !is_stop_mode(requested->then)) return joint->stop;
    sq_joint_stop stop = *requested;
    stop.mode = safer(stop.mode, joint->stop.mode);
    stop.then = safer(stop.then, stop.mode);
    return stop;
}

/*
 * Present position plus what carries the load: the distance by which a position drive lags its target under the load, bounded, so that
 * an obstruction that goes away releases no more than that. The drive may use a little more effort than the load needed.
 */
static sq_output hold(const sq_bridge *bridge, size_t i) {
    const sq_joint *joint = &bridge->robot->joints[i];
    const float position = bridge->measured.position[i];
    const float effort = bridge->measured.effort[i];
    const float load = effort < 0.0f ? -effort : effort;
    float lead = 0.0f;
    if (joint->target_mode == SQ_TARGET_POSITION) lead = clamp(bridge->limiters[i].target - position, -SQ_HOLD_LEAD, SQ_HOLD_LEAD);
    const float value = position + lead;
    if (!sq_is_finite(value)) return (sq_output){SQ_OUTPUT_DAMP, 0.0f, 0.0f};
    float limit = joint->max_effort;
    if (sq_is_finite(load)) limit = clamp(SQ_HOLD_EFFORT_FACTOR * load, SQ_HOLD_EFFORT_FLOOR * joint->max_effort, joint->max_effort);
    return (sq_output){SQ_OUTPUT_HOLD, value, limit};
}

static void lower(sq_output *output, sq_stop_mode mode) {
    if (output_of(mode) < output->kind) *output = (sq_output){output_of(mode), 0.0f, 0.0f};
}

void sq_bridge_begin_stop(sq_bridge *bridge, const sq_joint_stop *stops, uint64_t now_us) {
    for (size_t i = 0; i < bridge->robot->joint_count; i++) {
        sq_output *output = &bridge->outputs[i];
        bridge->stops[i] = allowed(&bridge->robot->joints[i], stops == NULL ? NULL : &stops[i]);
        if (output->kind == SQ_OUTPUT_TARGET) {
            bridge->stop_us = now_us;
            bridge->stop_position[i] = bridge->measured.position[i];
            *output = hold(bridge, i);
        }
        lower(output, bridge->stops[i].mode);
    }
    sq_bridge_update_stop(bridge, now_us);
}

/* While the supply is too low the joint may sag; it must not return to where it was when the supply is back. */
static void follow_sag(sq_output *output, float position) {
    if (distance(position, output->value) > SQ_HOLD_SAG) output->value = position;
}

static void restore_effort(sq_bridge *bridge, size_t i, uint64_t now_us) {
    static const char text[] = " sagged while it was held: full effort again";
    const sq_joint *joint = &bridge->robot->joints[i];
    char line[sizeof bridge->log_text] = {0};
    const size_t name = strlen(joint->name);
    bridge->outputs[i].max_effort = joint->max_effort;
    if (name + sizeof text > sizeof line) return;
    memcpy(line, joint->name, name);
    memcpy(line + name, text, sizeof text);
    sq_bridge_log(bridge, softqd_v1_LinkLogLevel_LINK_LOG_LEVEL_WARNING, line, now_us);
}

static void update_hold(sq_bridge *bridge, size_t i, uint64_t now_us) {
    const sq_measurement *now = &bridge->measured;
    const sq_robot *robot = bridge->robot;
    const sq_joint_stop *stop = &bridge->stops[i];
    sq_output *output = &bridge->outputs[i];
    const float position = now->position[i];
    const bool blind = !sq_is_finite(position) || !sq_is_finite(now->velocity[i]);
    const bool broken = now->driver_fault && now->driver_fault_joint == i;
    const bool measures_heat = i < now->temperature_count;
    const float celsius = measures_heat ? now->temperature_c[i] : 0.0f;
    const bool hot = measures_heat && !(celsius <= robot->max_temperature_c && celsius <= stop->max_hold_temperature_c);
    if (blind || broken) lower(output, SQ_STOP_DAMP);
    if (hot) lower(output, safer(stop->then, SQ_STOP_DAMP));
    if (now_us - bridge->stop_us >= (uint64_t)stop->hold_ms * 1000u) lower(output, stop->then);
    if (output->kind != SQ_OUTPUT_HOLD) return;
    if (!(now->supply_v >= robot->min_supply_v)) follow_sag(output, position);
    if (output->max_effort < robot->joints[i].max_effort && distance(position, bridge->stop_position[i]) >= SQ_HOLD_SAG)
        restore_effort(bridge, i, now_us);
}

void sq_bridge_update_stop(sq_bridge *bridge, uint64_t now_us) {
    bool holds = false;
    for (size_t i = 0; i < bridge->robot->joint_count; i++) {
        sq_output *output = &bridge->outputs[i];
        if (bridge->measured.emergency_stop) lower(output, SQ_STOP_TORQUE_OFF);
        if (output->kind == SQ_OUTPUT_HOLD) update_hold(bridge, i, now_us);
        if (output->kind == SQ_OUTPUT_HOLD) holds = true;
    }
    bridge->holds = holds;
}
