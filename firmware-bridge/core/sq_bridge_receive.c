#include <string.h>

#include "pb_decode.h"
#include "sq_bridge_internal.h"

#define MAX_VALID_FOR_MS 1000u

/* Sequence numbers wrap around: newer is less than half the range ahead. */
static bool is_newer(uint32_t sequence, uint32_t than) { return sequence != than && sequence - than < 0x80000000u; }

static void answer(sq_bridge *bridge, softqd_v1_LinkRefusal refusal) {
    bridge->status_due = true;
    bridge->status_accepted = refusal == softqd_v1_LinkRefusal_LINK_REFUSAL_NONE;
    bridge->status_refusal = refusal;
    bridge->status_reason = bridge->reason;
    bridge->status_joint = bridge->reason_joint;
    bridge->status_value = bridge->reason_value;
}

static void on_hello(sq_bridge *bridge, const softqd_v1_LinkHello *hello, uint64_t now_us) {
    if (bridge->state == SQ_ARMED) sq_bridge_disarm(bridge, SQ_REASON_NEW_SESSION, NULL, now_us);
    bridge->session = hello->session;
    bridge->session_open = hello->protocol_version == SQ_PROTOCOL_VERSION;
    bridge->heartbeat_seen = false;
    bridge->engaged = false;
    bridge->command_seen = false;
    bridge->status_due = false;
    bridge->reading_due = false;
    bridge->reading_sequence = 0;
    bridge->next_reading_us = now_us;
    bridge->welcome_due = true;
}

static void on_heartbeat(sq_bridge *bridge, const softqd_v1_LinkHeartbeat *heartbeat, uint64_t now_us) {
    if (bridge->heartbeat_seen && !is_newer(heartbeat->sequence, bridge->heartbeat_sequence)) return;
    bridge->heartbeat_seen = true;
    bridge->heartbeat_sequence = heartbeat->sequence;
    bridge->heartbeat_us = now_us;
    bridge->engaged = heartbeat->engaged;
}

static bool is_good_command(const sq_bridge *bridge, const softqd_v1_LinkCommand *command) {
    if (command->valid_for_ms == 0 || command->valid_for_ms > MAX_VALID_FOR_MS) return false;
    if (command->mode == softqd_v1_LinkCommandMode_LINK_COMMAND_MODE_STOP)
        return command->target_rad_or_m_or_per_s_or_nm_or_n_count == 0;
    if (command->mode != softqd_v1_LinkCommandMode_LINK_COMMAND_MODE_TARGETS) return false;
    if (command->target_rad_or_m_or_per_s_or_nm_or_n_count != bridge->robot->joint_count) return false;
    for (size_t i = 0; i < bridge->robot->joint_count; i++)
        if (!sq_is_finite(command->target_rad_or_m_or_per_s_or_nm_or_n[i])) return false;
    return true;
}

static void on_command(sq_bridge *bridge, const softqd_v1_LinkCommand *command, uint64_t now_us) {
    const bool old = bridge->command_seen && !is_newer(command->sequence, bridge->command_sequence);
    if (bridge->state != SQ_ARMED || old) {
        bridge->flags |= SQ_FLAG_COMMAND_IGNORED;
        return;
    }
    if (!is_good_command(bridge, command)) {
        sq_bridge_stop(bridge, SQ_REASON_BAD_COMMAND, -1, 0.0f, now_us);
        return;
    }
    bridge->command_seen = true;
    bridge->command_sequence = command->sequence;
    bridge->command_deadline_us = now_us + (uint64_t)command->valid_for_ms * 1000u;
    if (command->mode == softqd_v1_LinkCommandMode_LINK_COMMAND_MODE_STOP) {
        if (!bridge->command_stop) sq_bridge_begin_stop(bridge, NULL, now_us);
        bridge->command_stop = true;
        return;
    }
    if (bridge->command_stop) {
        /* The joints may have moved while damped or without torque: targets start at the measured positions. */
        const uint64_t deadline_us = bridge->command_deadline_us;
        sq_bridge_start(bridge, now_us);
        bridge->command_deadline_us = deadline_us;
    }
    sq_bridge_command(bridge, command->target_rad_or_m_or_per_s_or_nm_or_n, now_us);
}

static void on_arm(sq_bridge *bridge, const softqd_v1_LinkArm *arm, uint64_t now_us) {
    if (!bridge->session_open || arm->session != bridge->session) {
        answer(bridge, softqd_v1_LinkRefusal_LINK_REFUSAL_WRONG_SESSION);
    } else if (arm->limits_hash != bridge->limits_hash) {
        answer(bridge, softqd_v1_LinkRefusal_LINK_REFUSAL_WRONG_LIMITS);
    } else if (bridge->state == SQ_STOPPED) {
        answer(bridge, softqd_v1_LinkRefusal_LINK_REFUSAL_STOPPED);
    } else if (bridge->state == SQ_ARMED) {
        answer(bridge, softqd_v1_LinkRefusal_LINK_REFUSAL_ARMED);
    } else if (!sq_bridge_alive(bridge, now_us) || !bridge->engaged) {
        answer(bridge, softqd_v1_LinkRefusal_LINK_REFUSAL_NOT_ENGAGED);
    } else {
        int32_t joint = -1;
        float value = 0.0f;
        const sq_reason reason = sq_bridge_health(bridge, &joint, &value);
        if (reason != SQ_REASON_NONE) {
            answer(bridge, softqd_v1_LinkRefusal_LINK_REFUSAL_UNHEALTHY);
            bridge->status_reason = reason;
            bridge->status_joint = joint;
            bridge->status_value = value;
        } else {
            /* A tick before arming is not late. */
            bridge->tick_us = now_us;
            bridge->tick_low_us = (uint32_t)now_us;
            sq_bridge_start(bridge, now_us);
            answer(bridge, softqd_v1_LinkRefusal_LINK_REFUSAL_NONE);
        }
    }
}

static void on_disarm(sq_bridge *bridge, const softqd_v1_LinkDisarm *disarm, uint64_t now_us) {
    sq_joint_stop stops[SQ_MAX_JOINTS];
    const bool complete = disarm->stops_count == bridge->robot->joint_count;
    for (size_t i = 0; complete && i < bridge->robot->joint_count; i++) {
        const softqd_v1_LinkJointStop *stop = &disarm->stops[i];
        stops[i] = (sq_joint_stop){(sq_stop_mode)stop->mode, stop->hold_ms, (sq_stop_mode)stop->then, stop->max_hold_temperature_c};
    }
    sq_bridge_disarm(bridge, SQ_REASON_HOST_DISARMED, complete ? stops : NULL, now_us);
    answer(bridge, softqd_v1_LinkRefusal_LINK_REFUSAL_NONE);
}

static void on_clear_fault(sq_bridge *bridge, const softqd_v1_LinkClearFault *clear) {
    if (clear->session != bridge->session) {
        answer(bridge, softqd_v1_LinkRefusal_LINK_REFUSAL_WRONG_SESSION);
    } else if (bridge->state == SQ_ARMED) {
        answer(bridge, softqd_v1_LinkRefusal_LINK_REFUSAL_ARMED);
    } else {
        bridge->state = SQ_DISARMED;
        answer(bridge, softqd_v1_LinkRefusal_LINK_REFUSAL_NONE);
    }
}

static void on_parameter(sq_bridge *bridge, const softqd_v1_LinkParameterRequest *request) {
    bridge->parameters_due = true;
    bridge->parameters_refusal = softqd_v1_LinkRefusal_LINK_REFUSAL_NONE;
    if (request->name[0] == '\0') return;
    for (size_t i = 0; i < SQ_PARAMETERS; i++) {
        const sq_parameter_range *range = &sq_parameter_ranges[i];
        if (strcmp(request->name, range->name) != 0) continue;
        const bool in_range = request->value >= range->min && request->value <= range->max;
        if (bridge->state == SQ_ARMED) bridge->parameters_refusal = softqd_v1_LinkRefusal_LINK_REFUSAL_ARMED;
        else if (!in_range) bridge->parameters_refusal = softqd_v1_LinkRefusal_LINK_REFUSAL_OUT_OF_RANGE;
        else bridge->parameters[i] = request->value;
        return;
    }
    bridge->parameters_refusal = softqd_v1_LinkRefusal_LINK_REFUSAL_UNKNOWN_PARAMETER;
}

static void on_payload(sq_bridge *bridge, size_t length, uint64_t now_us) {
    pb_istream_t stream = pb_istream_from_buffer(bridge->decoder.buffer, length);
    softqd_v1_LinkToBoard *message = &bridge->message.in;
    if (!pb_decode(&stream, softqd_v1_LinkToBoard_fields, message)) {
        bridge->undecodable++;
        return;
    }
    bridge->last_frame_us = now_us;
    if (message->which_message == softqd_v1_LinkToBoard_hello_tag) {
        on_hello(bridge, &message->message.hello, now_us);
        return;
    }
    if (message->which_message == softqd_v1_LinkToBoard_disarm_tag) {
        on_disarm(bridge, &message->message.disarm, now_us);
        return;
    }
    if (!bridge->session_open) return;
    switch (message->which_message) {
    case softqd_v1_LinkToBoard_heartbeat_tag:
        on_heartbeat(bridge, &message->message.heartbeat, now_us);
        break;
    case softqd_v1_LinkToBoard_command_tag:
        on_command(bridge, &message->message.command, now_us);
        break;
    case softqd_v1_LinkToBoard_arm_tag:
        on_arm(bridge, &message->message.arm, now_us);
        break;
    case softqd_v1_LinkToBoard_parameter_request_tag:
        on_parameter(bridge, &message->message.parameter_request);
        break;
    case softqd_v1_LinkToBoard_clear_fault_tag:
        on_clear_fault(bridge, &message->message.clear_fault);
        break;
    default:
        bridge->undecodable++;
        break;
    }
}

void sq_bridge_receive(sq_bridge *bridge, const uint8_t *bytes, size_t length, uint64_t now_us) {
    for (size_t i = 0; i < length; i++) {
        const size_t payload = sq_frame_push(&bridge->decoder, bytes[i]);
        if (payload > 0) on_payload(bridge, payload, now_us);
    }
}
