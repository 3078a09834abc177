#include "world.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Position, velocity and effort of every joint. */
static void place_joints(sq_simulated_joints *joints, const char *text) {
    for (size_t i = 0; i < joints->robot->joint_count; i++) {
        float values[3];
        for (size_t k = 0; k < 3; k++) {
            char *end = NULL;
            values[k] = strtof(text, &end);
            if (end == text) return;
            text = end;
        }
        joints->position[i] = values[0];
        joints->velocity[i] = values[1];
        joints->effort[i] = values[2];
    }
}

static void execute(host_world *world, const char *text) {
    float value = 0.0f;
    unsigned number_value = 0;
    if (strncmp(text, "joints ", 7) == 0) place_joints(&world->joints, text + 7);
    else if (sscanf(text, "estop %u", &number_value) == 1) world->emergency_stop = number_value != 0;
    else if (strncmp(text, "estop", 5) == 0) world->emergency_stop = true;
    else if (sscanf(text, "supply %f", &value) == 1) world->joints.supply_v = value;
    else if (sscanf(text, "temperature %f", &value) == 1) world->joints.temperature_c = value;
    else if (sscanf(text, "blind %u", &number_value) == 1) world->blind = number_value != 0;
    else if (sscanf(text, "hang %u", &number_value) == 1 && number_value <= 60000) usleep(number_value * 1000u);
    else if (sscanf(text, "driver %u", &number_value) == 1 && number_value < SQ_MAX_JOINTS) {
        world->driver_fault = true;
        world->driver_fault_joint = (uint8_t)number_value;
    }
}

bool host_world_read(host_world *world, int from) {
    static char text[1024];
    static size_t length;
    char bytes[4096];
    const ssize_t got = read(from, bytes, sizeof bytes);
    if (got == 0) return false;
    for (ssize_t i = 0; i < got; i++) {
        if (bytes[i] != '\n') {
            if (length + 1 < sizeof text) text[length++] = bytes[i];
            continue;
        }
        text[length] = '\0';
        length = 0;
        execute(world, text);
    }
    return true;
}

bool host_world_write_drives(const host_world *world, const sq_output *outputs, int to) {
    static char written[512];
    char text[sizeof written] = "drives";
    size_t length = strlen(text);
    for (size_t i = 0; i < world->joints.robot->joint_count && length + 32 < sizeof text; i++) {
        const char *name = outputs[i].kind == SQ_OUTPUT_TORQUE_OFF ? " torque-off" : " damp";
        const bool effort = outputs[i].kind == SQ_OUTPUT_HOLD || outputs[i].kind == SQ_OUTPUT_TARGET;
        const char *kind = outputs[i].kind == SQ_OUTPUT_HOLD ? "hold=" : "";
        const int added = effort ? snprintf(text + length, 32, " %s%.9g", kind, (double)sq_simulated_joints_effort(&world->joints, i, outputs[i])) : snprintf(text + length, 32, "%s", name);
        length += (size_t)added;
    }
    if (strcmp(text, written) == 0) return true;
    memcpy(written, text, sizeof written);
    text[length] = '\n';
    return write(to, text, length + 1) >= 0 || errno != EPIPE;
}

void host_world_add_faults(const host_world *world, sq_measurement *measured) {
    measured->emergency_stop = world->emergency_stop;
    measured->driver_fault = world->driver_fault;
    measured->driver_fault_joint = world->driver_fault_joint;
    if (world->blind) measured->position[0] = NAN;
}
