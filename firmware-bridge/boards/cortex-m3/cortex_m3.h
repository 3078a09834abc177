#ifndef SQ_CORTEX_M3_H
#define SQ_CORTEX_M3_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SQ_REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

/* Provided by a board to the start-up code. */
void sq_board_main(void);
/* Its interrupts from number 0 on. */
typedef void (*sq_interrupt)(void);
#define SQ_INTERRUPTS 43
extern const sq_interrupt sq_board_interrupts[SQ_INTERRUPTS];
/* Called every millisecond from the SysTick interrupt, independently of the main loop. */
void sq_board_millisecond(void);

/* SysTick at 1 kHz from a core clock of `hz`; time starts here. */
void sq_clock_start(uint32_t hz);
/* Microseconds since sq_clock_start; from the main loop. */
uint64_t sq_clock_us(void);
/* The low half in steps of a millisecond; from interrupts. */
uint32_t sq_clock_low_us(void);

void sq_enable_interrupt(unsigned number);
void sq_wait_for_interrupt(void);
/* Restarts the chip; sq_restarted() then returns true once. */
_Noreturn void sq_restart(void);
bool sq_restarted(void);

/* Bytes between an interrupt and the main loop: one writer, one reader. Full, it drops the newest. */
#define SQ_RING_BYTES 1024u
typedef struct {
    volatile uint32_t head;
    volatile uint32_t tail;
    uint8_t bytes[SQ_RING_BYTES];
} sq_ring;

void sq_ring_put(sq_ring *ring, uint8_t byte);
/* The next byte, or -1. */
int sq_ring_take(sq_ring *ring);

#endif
