#include "robots.h"

const sq_joint sq_pendulum_rig_joints[1] = {
    {
        .name = "hinge",
        .target_mode = SQ_TARGET_EFFORT,
        .stop = SQ_STOP(DAMP),
        .min_position = -SQ_NO_LIMIT,
        .max_position = SQ_NO_LIMIT,
        .max_velocity = 25.0f,
        .max_acceleration = SQ_NO_LIMIT,
        .max_distance = SQ_NO_LIMIT,
        .max_effort = 0.12f,
        .max_effort_rate = 12.0f,
    },
};

const sq_joint sq_servo_pair_joints[2] = {
    {
        .name = "pan",
        .target_mode = SQ_TARGET_POSITION,
        .stop = SQ_STOP_HOLD_THEN_DAMP,
        .min_position = -1.5f,
        .max_position = 1.5f,
        .max_velocity = 3.0f,
        .max_acceleration = 30.0f,
        .max_distance = 0.5f,
        .max_effort = 2.0f,
        .max_effort_rate = 200.0f,
    },
    {
        .name = "tilt",
        .target_mode = SQ_TARGET_POSITION,
        .stop = SQ_STOP(TORQUE_OFF),
        .min_position = -0.5f,
        .max_position = 1.0f,
        .max_velocity = 3.0f,
        .max_acceleration = 30.0f,
        .max_distance = 0.5f,
        .max_effort = 2.0f,
        .max_effort_rate = 200.0f,
    },
};
