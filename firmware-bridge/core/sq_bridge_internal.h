#ifndef SQ_BRIDGE_INTERNAL_H
#define SQ_BRIDGE_INTERNAL_H

#include "sq_bridge.h"

#define SQ_PARAMETER_NAME_BYTES 24u

typedef struct {
    char name[SQ_PARAMETER_NAME_BYTES];
    float initial;
    float minimum;
    float maximum;
} sq_parameter_range;

extern const sq_parameter_range sq_parameter_ranges[SQ_PARAMETERS];

/* What is wrong with the newest measurement: the reason, or SQ_REASON_NONE. */
sq_reason sq_bridge_health(const sq_bridge *bridge, int32_t *joint, float *value);

/* Whether heartbeats arrive in time, whatever they say. */
bool sq_bridge_alive(const sq_bridge *bridge, uint64_t now_us);

/* Drives begin where the joints are. */
void sq_bridge_start(sq_bridge *bridge, uint64_t now_us);

/* Disarmed with a reason that is kept; every output limp. */
void sq_bridge_disarm(sq_bridge *bridge, sq_reason reason);

/* The outputs of the stop modes, beginning where the joints are now. */
void sq_bridge_stop_outputs(sq_bridge *bridge);

#endif
