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

/* Disarmed with a reason that is kept; every output torque-off. */
void sq_bridge_disarm(sq_bridge *bridge, sq_reason reason);

/* The outputs of the stop modes, starting at the measured positions. */
void sq_bridge_stop_outputs(sq_bridge *bridge);

#endif
