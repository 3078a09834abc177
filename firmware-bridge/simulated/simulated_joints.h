#ifndef SQ_SIMULATED_JOINTS_H
#define SQ_SIMULATED_JOINTS_H

#include "sq_bridge.h"

/*
 * Joints that exist only as numbers, for boards without motors. An effort joint is a point mass of 0.1 kg on a 0.2 m rod that hangs at
 * position 0; a velocity or position joint has a drive with its own loop.
 */
typedef struct {
    const sq_robot *robot;
    float position[SQ_MAX_JOINTS];
    float velocity[SQ_MAX_JOINTS];
    float effort[SQ_MAX_JOINTS];
    /* Measured values that a test changes. */
    float supply_v;
    float temperature_c;
} sq_simulated_joints;

void sq_simulated_joints_init(sq_simulated_joints *joints, const sq_robot *robot);

/* The effort of one joint's drive for an output, at its present position and velocity. */
float sq_simulated_joints_effort(const sq_simulated_joints *joints, size_t joint, sq_output output);

/* Measures the joints. */
void sq_simulated_joints_measure(const sq_simulated_joints *joints, sq_measurement *measured);

/* Moves the joints by dt_s (0 to 0.02) under the outputs and measures them. */
void sq_simulated_joints_step(sq_simulated_joints *joints, const sq_output *outputs, float dt_s, sq_measurement *measured);

#endif
