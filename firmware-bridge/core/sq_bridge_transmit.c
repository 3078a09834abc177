#include <string.h>

#include "pb_encode.h"
#include "sq_bridge_internal.h"

/* Without a frame from the host for this time the session ends and nothing more is sent. */
#define HOST_GONE_US 2000000u

/* The generated names of the repeated fields are long; an array and its count go together. */
#define COPY_JOINTS(message, field, values, count)                                  \
    do {                                                                            \
        (message)->field##_count = (pb_size_t)(count);                              \
        memcpy((message)->field, (values), (size_t)(count) * sizeof *(values));     \
    } while (0)

static void copy_text(char *target, size_t size, const char *text) {
    size_t length = strlen(text);
    if (length >= size) length = size - 1;
    memcpy(target, text, length);
    target[length] = '\0';
}

static void write_welcome(const sq_bridge *bridge, softqd_v1_LinkWelcome *welcome, uint64_t now_us) {
    const sq_robot *robot = bridge->robot;
    welcome->protocol_version = SQ_PROTOCOL_VERSION;
    welcome->session = bridge->session;
    copy_text(welcome->firmware_version, sizeof welcome->firmware_version, robot->firmware_version);
    copy_text(welcome->board, sizeof welcome->board, robot->board);
    welcome->joints_count = robot->joint_count;
    for (size_t i = 0; i < robot->joint_count; i++) {
        const sq_joint *joint = &robot->joints[i];
        softqd_v1_LinkJoint *out = &welcome->joints[i];
        copy_text(out->name, sizeof out->name, joint->name);
        out->target_mode = (softqd_v1_LinkTargetMode)joint->target_mode;
        out->has_stop = true;
        out->stop.mode = (softqd_v1_LinkStopMode)joint->stop.mode;
        out->stop.hold_ms = joint->stop.hold_ms;
        out->stop.then = (softqd_v1_LinkStopMode)joint->stop.then;
        out->stop.max_hold_temperature_c = joint->stop.max_hold_temperature_c;
        out->min_position_rad_or_m = joint->min_position;
        out->max_position_rad_or_m = joint->max_position;
        out->max_velocity_rad_or_m_per_s = joint->max_velocity;
        out->max_acceleration_rad_or_m_per_s2 = joint->max_acceleration;
        out->max_command_distance_rad_or_m = joint->max_distance;
        out->max_effort_nm_or_n = joint->max_effort;
        out->max_effort_rate_nm_or_n_per_s = joint->max_effort_rate;
    }
    welcome->limits_hash = bridge->limits_hash;
    welcome->device_time_us = now_us;
    welcome->state = (softqd_v1_LinkState)bridge->state;
    welcome->stop_reason = (softqd_v1_LinkStopReason)bridge->reason;
}

static void write_reading(sq_bridge *bridge, softqd_v1_LinkReading *reading) {
    const sq_measurement *now = &bridge->measured;
    const size_t joints = bridge->robot->joint_count;
    const uint32_t dropped = sq_frame_dropped(&bridge->decoder.counters);
    float applied[SQ_MAX_JOINTS];
    for (size_t i = 0; i < joints; i++) applied[i] = bridge->outputs[i].value;
    const bool driving = bridge->state == SQ_ARMED && !bridge->command_stop;
    COPY_JOINTS(reading, position_rad_or_m, now->position, joints);
    COPY_JOINTS(reading, velocity_rad_or_m_per_s, now->velocity, joints);
    COPY_JOINTS(reading, effort_nm_or_n, now->effort, joints);
    COPY_JOINTS(reading, applied_target_rad_or_m_or_per_s_or_nm_or_n, applied, driving ? joints : 0);
    COPY_JOINTS(reading, temperature_c, now->temperature_c, now->temperature_count <= SQ_MAX_JOINTS ? now->temperature_count : 0);
    if (dropped != bridge->dropped_before) bridge->flags |= SQ_FLAG_FRAME_DROPPED;
    bridge->dropped_before = dropped;
    reading->device_time_us = bridge->reading_us;
    reading->sequence = bridge->reading_sequence;
    reading->supply_voltage_v = now->supply_v;
    reading->flags = bridge->flags;
    reading->state = (softqd_v1_LinkState)bridge->state;
    reading->stop_reason = (softqd_v1_LinkStopReason)bridge->reason;
    reading->command_sequence = bridge->command_sequence;
    reading->session = bridge->session;
    bridge->flags = 0;
}

static void write_status(const sq_bridge *bridge, softqd_v1_LinkStatus *status) {
    status->accepted = bridge->status_accepted;
    status->refusal = bridge->status_refusal;
    status->state = (softqd_v1_LinkState)bridge->state;
    status->stop_reason = (softqd_v1_LinkStopReason)bridge->status_reason;
    status->joint = bridge->status_joint;
    status->value = bridge->status_value;
    status->frames_received = bridge->decoder.counters.frames;
    status->frames_dropped = sq_frame_dropped(&bridge->decoder.counters) + bridge->undecodable;
    status->session = bridge->session;
    status->outputs_count = bridge->robot->joint_count;
    for (size_t i = 0; i < bridge->robot->joint_count; i++) status->outputs[i] = (softqd_v1_LinkOutput)bridge->outputs[i].kind;
}

static void write_parameters(const sq_bridge *bridge, softqd_v1_LinkParameters *parameters) {
    parameters->refusal = bridge->parameters_refusal;
    parameters->parameters_count = SQ_PARAMETERS;
    for (size_t i = 0; i < SQ_PARAMETERS; i++) {
        softqd_v1_LinkParameter *out = &parameters->parameters[i];
        copy_text(out->name, sizeof out->name, sq_parameter_ranges[i].name);
        out->value = bridge->parameters[i];
        out->minimum = sq_parameter_ranges[i].min;
        out->maximum = sq_parameter_ranges[i].max;
    }
}

/* Urgent messages first. */
static bool write_next(sq_bridge *bridge, softqd_v1_LinkFromBoard *out, uint64_t now_us) {
    memset(out, 0, sizeof *out);
    if (bridge->welcome_due) {
        bridge->welcome_due = false;
        out->which_message = softqd_v1_LinkFromBoard_welcome_tag;
        write_welcome(bridge, &out->message.welcome, now_us);
    } else if (!bridge->session_open) {
        return false;
    } else if (bridge->status_due) {
        bridge->status_due = false;
        out->which_message = softqd_v1_LinkFromBoard_status_tag;
        write_status(bridge, &out->message.status);
    } else if (bridge->fault_due) {
        bridge->fault_due = false;
        out->which_message = softqd_v1_LinkFromBoard_fault_tag;
        out->message.fault.reason = (softqd_v1_LinkStopReason)bridge->reason;
        out->message.fault.joint = bridge->reason_joint;
        out->message.fault.value = bridge->reason_value;
        out->message.fault.device_time_us = bridge->fault_us;
    } else if (bridge->reading_due) {
        bridge->reading_due = false;
        out->which_message = softqd_v1_LinkFromBoard_reading_tag;
        write_reading(bridge, &out->message.reading);
    } else if (bridge->parameters_due) {
        bridge->parameters_due = false;
        out->which_message = softqd_v1_LinkFromBoard_parameters_tag;
        write_parameters(bridge, &out->message.parameters);
    } else if (bridge->log_due) {
        bridge->log_due = false;
        out->which_message = softqd_v1_LinkFromBoard_log_line_tag;
        out->message.log_line.device_time_us = bridge->log_us;
        out->message.log_line.level = bridge->log_level;
        copy_text(out->message.log_line.text, sizeof out->message.log_line.text, bridge->log_text);
    } else {
        return false;
    }
    return true;
}

size_t sq_bridge_transmit(sq_bridge *bridge, uint8_t *frame, size_t capacity, uint64_t now_us) {
    if (bridge->session_open && bridge->state != SQ_ARMED && now_us > bridge->last_frame_us && now_us - bridge->last_frame_us > HOST_GONE_US)
        bridge->session_open = false;
    if (!write_next(bridge, &bridge->message.out, now_us)) return 0;
    pb_ostream_t stream = pb_ostream_from_buffer(bridge->payload, sizeof bridge->payload);
    if (!pb_encode(&stream, softqd_v1_LinkFromBoard_fields, &bridge->message.out)) return 0;
    return sq_frame_encode(bridge->payload, stream.bytes_written, frame, capacity);
}

void sq_bridge_log(sq_bridge *bridge, softqd_v1_LinkLogLevel level, const char *text, uint64_t now_us) {
    if (bridge->log_due) {
        bridge->log_dropped++;
        return;
    }
    bridge->log_due = true;
    bridge->log_level = level;
    bridge->log_us = now_us;
    copy_text(bridge->log_text, sizeof bridge->log_text, text);
}
