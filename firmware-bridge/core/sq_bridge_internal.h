#ifndef SQ_BRIDGE_INTERNAL_H
#define SQ_BRIDGE_INTERNAL_H

#include "sq_bridge.h"

#define SQ_PARAMETER_NAME_BYTES 24u

typedef struct {
    char name[SQ_PARAMETER_NAME_BYTES];
    float initial;
    float min;
    float max;
} sq_parameter_range;

extern const sq_parameter_range sq_parameter_ranges[SQ_PARAMETERS];

/* The fault of the newest measurement, or SQ_REASON_NONE. */
sq_reason sq_bridge_health(const sq_bridge *bridge, int32_t *joint, float *value);

/* Whether heartbeats arrive in time, engaged or not. */
bool sq_bridge_alive(const sq_bridge *bridge, uint64_t now_us);

/* Arms: targets start at the measured positions. */
void sq_bridge_start(sq_bridge *bridge, uint64_t now_us);

/* New targets of the host. */
void sq_bridge_command(sq_bridge *bridge, const float *targets, uint64_t now_us);

/* What a joint is to do now: its target, or a point on the way to it. */
float sq_bridge_request(const sq_bridge *bridge, size_t i, uint64_t now_us);

/* Armed becomes disarmed with a reason that is kept; stopped stays stopped. The joints change to `stops`, NULL: those of the robot. */
void sq_bridge_disarm(sq_bridge *bridge, sq_reason reason, const sq_joint_stop *stops, uint64_t now_us);

/* Every joint that is driven changes to its stop mode, every other one only to a safer one. `stops`: one per joint, NULL: those of the robot. */
void sq_bridge_begin_stop(sq_bridge *bridge, const sq_joint_stop *stops, uint64_t now_us);

/*
 * What changes while a stop lasts: it only gets safer. No position hold without a sensor, when hot or after the hold time, no torque during
 * an emergency stop.
 */
void sq_bridge_update_stop(sq_bridge *bridge, uint64_t now_us);

#endif
