#include "simulated_joints.h"

#include <math.h>
#include <string.h>

#define MASS_KG 0.1f
#define LENGTH_M 0.2f
#define GRAVITY 9.81f
#define FRICTION 0.0005f
/* A motor with shorted windings. */
#define DAMPING 0.02f
#define LONGEST_STEP_S 0.001f

void sq_simulated_joints_init(sq_simulated_joints *joints, const sq_robot *robot) {
    memset(joints, 0, sizeof *joints);
    joints->robot = robot;
    joints->supply_v = 12.0f;
    joints->temperature_c = 30.0f;
}

float sq_simulated_joints_effort(const sq_simulated_joints *joints, size_t i, sq_output output) {
    const sq_joint *joint = &joints->robot->joints[i];
    const float inertia = MASS_KG * LENGTH_M * LENGTH_M;
    const float position = joints->position[i];
    const float velocity = joints->velocity[i];
    /* A stiff servo loop: critically damped at 60 rad/s. */
    const float stiffness = inertia * 3600.0f;
    const float damping = inertia * 120.0f;
    float effort = 0.0f;
    switch (output.kind) {
    case SQ_OUTPUT_TORQUE_OFF: return 0.0f;
    case SQ_OUTPUT_DAMP: return -DAMPING * velocity;
    case SQ_OUTPUT_HOLD: effort = stiffness * (output.value - position) - damping * velocity; break;
    case SQ_OUTPUT_TARGET:
        if (joint->target_mode == SQ_TARGET_EFFORT) effort = output.value;
        if (joint->target_mode == SQ_TARGET_VELOCITY) effort = damping * (output.value - velocity);
        if (joint->target_mode == SQ_TARGET_POSITION) effort = stiffness * (output.value - position) - damping * velocity;
        break;
    }
    if (effort > output.max_effort) effort = output.max_effort;
    if (effort < -output.max_effort) effort = -output.max_effort;
    return effort;
}

static void step(sq_simulated_joints *joints, const sq_output *outputs, float dt_s) {
    for (size_t i = 0; i < joints->robot->joint_count; i++) {
        const bool hangs = joints->robot->joints[i].target_mode == SQ_TARGET_EFFORT;
        const float gravity = hangs ? MASS_KG * GRAVITY * LENGTH_M * sinf(joints->position[i]) : 0.0f;
        joints->effort[i] = sq_simulated_joints_effort(joints, i, outputs[i]);
        const float total = joints->effort[i] - gravity - FRICTION * joints->velocity[i];
        joints->velocity[i] += total / (MASS_KG * LENGTH_M * LENGTH_M) * dt_s;
        joints->position[i] += joints->velocity[i] * dt_s;
    }
}

void sq_simulated_joints_measure(const sq_simulated_joints *joints, sq_measurement *measured) {
    memset(measured, 0, sizeof *measured);
    memcpy(measured->position, joints->position, sizeof measured->position);
    memcpy(measured->velocity, joints->velocity, sizeof measured->velocity);
    memcpy(measured->effort, joints->effort, sizeof measured->effort);
    measured->temperature_count = joints->robot->joint_count;
    for (size_t i = 0; i < joints->robot->joint_count; i++) measured->temperature_c[i] = joints->temperature_c;
    measured->supply_v = joints->supply_v;
}

void sq_simulated_joints_step(sq_simulated_joints *joints, const sq_output *outputs, float dt_s, sq_measurement *measured) {
    while (dt_s > 0.0f) {
        const float part = dt_s < LONGEST_STEP_S ? dt_s : LONGEST_STEP_S;
        step(joints, outputs, part);
        dt_s -= part;
    }
    sq_simulated_joints_measure(joints, measured);
}
