#include "cortex_m3.h"

#include <string.h>

#define SYSTICK_CONTROL SQ_REGISTER(0xe000e010)
#define SYSTICK_RELOAD SQ_REGISTER(0xe000e014)
#define SYSTICK_CURRENT SQ_REGISTER(0xe000e018)
#define NVIC_ENABLE(n) SQ_REGISTER(0xe000e100 + 4 * (n))
#define SCB_AIRCR SQ_REGISTER(0xe000ed0c)

#define RESTART_MAGIC 0x5af7dead

extern uint32_t sq_data_load[];
extern uint32_t sq_data_start[];
extern uint32_t sq_data_end[];
extern uint32_t sq_bss_start[];
extern uint32_t sq_bss_end[];
extern uint32_t sq_stack_top[];

static volatile uint32_t milliseconds;
static uint32_t ticks_per_ms;
static uint32_t restart_word __attribute__((section(".noinit")));

void sq_reset(void);
static void sq_systick(void);
static void sq_unexpected(void);

typedef struct {
    void *stack;
    sq_interrupt system[15];
} system_vectors;

/* The board's own interrupts follow at once: its table is the section .vectors.board. */
__attribute__((section(".vectors"), used)) static const system_vectors vectors = {
    sq_stack_top,
    {sq_reset, sq_unexpected, sq_unexpected, sq_unexpected, sq_unexpected, sq_unexpected, 0, 0, 0, 0, sq_unexpected,
     sq_unexpected, 0, sq_unexpected, sq_systick},
};

/* newlib calls it when linked without its start-up files. */
void _init(void);
void _init(void) {}

void sq_reset(void) {
    memcpy(sq_data_start, sq_data_load, (size_t)((uintptr_t)sq_data_end - (uintptr_t)sq_data_start));
    memset(sq_bss_start, 0, (size_t)((uintptr_t)sq_bss_end - (uintptr_t)sq_bss_start));
    sq_board_main();
    sq_restart();
}

/* A processor fault has the effect of a hang. */
static void sq_unexpected(void) { sq_restart(); }

static void sq_systick(void) {
    milliseconds++;
    sq_board_millisecond();
}

void sq_clock_start(uint32_t hz) {
    ticks_per_ms = hz / 1000u;
    SYSTICK_RELOAD = ticks_per_ms - 1u;
    SYSTICK_CURRENT = 0;
    SYSTICK_CONTROL = 7u;
}

uint64_t sq_clock_us(void) {
    /* 71 minutes of microseconds fit 32 bits, 49 days of milliseconds do: the high part is counted here. */
    static uint32_t last;
    static uint64_t wraps;
    uint32_t ms;
    uint32_t left;
    do {
        ms = milliseconds;
        left = SYSTICK_CURRENT;
    } while (ms != milliseconds);
    if (ms < last) wraps += UINT64_C(0x100000000);
    last = ms;
    return (wraps + ms) * 1000u + (uint64_t)(ticks_per_ms - 1u - left) * 1000u / ticks_per_ms;
}

uint32_t sq_clock_low_us(void) { return milliseconds * 1000u; }

void sq_enable_interrupt(unsigned number) { NVIC_ENABLE(number / 32u) = 1u << (number % 32u); }

void sq_wait_for_interrupt(void) { __asm__ volatile("wfi"); }

_Noreturn void sq_restart(void) {
    restart_word = RESTART_MAGIC;
    __asm__ volatile("dsb");
    SCB_AIRCR = 0x05fa0004u;
    for (;;) continue;
}

bool sq_restarted(void) {
    const bool restarted = restart_word == RESTART_MAGIC;
    restart_word = 0;
    return restarted;
}

void sq_ring_put(sq_ring *ring, uint8_t byte) {
    const uint32_t head = ring->head;
    if (head - ring->tail == SQ_RING_BYTES) return;
    ring->bytes[head % SQ_RING_BYTES] = byte;
    __asm__ volatile("dmb");
    ring->head = head + 1u;
}

int sq_ring_take(sq_ring *ring) {
    const uint32_t tail = ring->tail;
    if (tail == ring->head) return -1;
    const uint8_t byte = ring->bytes[tail % SQ_RING_BYTES];
    ring->tail = tail + 1u;
    return byte;
}
