#ifndef SQ_ROBOTS_H
#define SQ_ROBOTS_H

#include "sq_bridge.h"

#define SQ_FIRMWARE_VERSION "0.2.0"

/* A joint that does not hold; and the default of a robot file for one that does: for five minutes, up to 60 degrees Celsius. */
#define SQ_STOP(stop_mode) {SQ_STOP_##stop_mode, 0u, SQ_STOP_##stop_mode, 60.0f}
#define SQ_STOP_HOLD_THEN_DAMP {SQ_STOP_HOLD, 300000u, SQ_STOP_DAMP, 60.0f}

/* One geared motor with an encoder with a 0.1 kg weight on a 0.2 m rod; position 0 is where it hangs at power-on. */
extern const sq_joint sq_pendulum_rig_joints[1];

/* Two position servos, for tests of position joints. */
extern const sq_joint sq_servo_pair_joints[2];

/* The robot around these joints for a board; supply limits are those of a 12 V source. */
#define SQ_ROBOT(board_name, robot_joints)                          \
    {                                                               \
        .firmware_version = SQ_FIRMWARE_VERSION,                    \
        .board = (board_name),                                      \
        .joints = (robot_joints),                                   \
        .joint_count = sizeof(robot_joints) / sizeof(robot_joints)[0], \
        .min_supply_v = 9.0f,                                       \
        .max_supply_v = 15.0f,                                      \
        .max_temperature_c = 80.0f,                                 \
        .position_margin = 0.1f,                                    \
        .velocity_factor = 1.5f,                                    \
        .max_tick_us = 20000u,                                      \
    }

#endif
