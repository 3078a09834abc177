#ifndef HOST_WORLD_H
#define HOST_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "simulated_joints.h"

/* The joints and the injected faults: the environment of the board. */
typedef struct {
    sq_simulated_joints joints;
    bool emergency_stop;
    bool blind;
    bool driver_fault;
    uint8_t driver_fault_joint;
} host_world;

/* Reads and executes lines of text from `from`. Returns false at the end of the input. */
bool host_world_read(host_world *world, int from);

/* Writes the outputs to `to` when they changed. Returns false when the reader has closed it. */
bool host_world_write_drives(const host_world *world, const sq_output *outputs, int to);

/* Adds the injected faults to a measurement. */
void host_world_add_faults(const host_world *world, sq_measurement *measured);

#endif
