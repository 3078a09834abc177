#ifndef SQ_HARNESS_H
#define SQ_HARNESS_H

#include "sq_bridge.h"

/* A bridge with a host, a clock and two joints without faults. */
extern sq_bridge bridge;
extern sq_measurement measured;
extern sq_output outputs[SQ_MAX_JOINTS];
extern uint64_t now_us;
extern softqd_v1_LinkFromBoard heard;

extern const sq_robot harness_robot;

void harness_boot(sq_reason reason);
void harness_send(const softqd_v1_LinkToBoard *message);
void harness_hello(uint32_t session);
void harness_heartbeat(bool engaged);
void harness_command(float first, float second);
void harness_arm(void);
void harness_disarm(void);
void harness_disarm_to(const sq_joint_stop *stops, size_t count);
void harness_clear_fault(void);

/* One tick of 1 ms. */
void harness_tick(void);
/* Ticks for this time, with an engaged heartbeat every 20 ms and a command with the previous targets every 10 ms. */
void harness_run_ms(int ms);
/* Boot, hello, heartbeat, arm: armed. */
void harness_ready(void);

/* Armed; the first joint is commanded `lead` beyond its measured 0.25 and stands there under `effort`. */
void harness_push(float lead, float effort);

/* Reads the next message of the board into `heard`; false when none is pending. */
bool harness_hear(void);
/* Reads until a message of this kind; false when there is none. */
bool harness_hear_kind(pb_size_t which);

#endif
