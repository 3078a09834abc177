/*
 * The bridge on a Cortex-M3 (Stellaris LM3S6965) as qemu-system-arm -M lm3s6965evb runs it: UART0 is the serial port, the joint is simulated.
 * Without a PLL set up the core runs at 12.5 MHz in QEMU.
 */
#include "cortex_m3.h"
#include "robots.h"
#include "simulated_joints.h"

#define CORE_HZ 12500000u
#define TICK_US 1000u
/* The motor outputs are disabled when the tick is overdue; after this time the chip restarts. */
#define HANG_US 100000u

#define UART_DATA SQ_REGISTER(0x4000c000)
#define UART_FLAGS SQ_REGISTER(0x4000c018)
#define UART_LINE SQ_REGISTER(0x4000c02c)
#define UART_CONTROL SQ_REGISTER(0x4000c030)
#define UART_MASK SQ_REGISTER(0x4000c038)
#define UART_CLEAR SQ_REGISTER(0x4000c044)
#define UART_RECEIVE_EMPTY 0x10u
#define UART_TRANSMIT_FULL 0x20u
#define UART_INTERRUPT 5

static const sq_robot robot = SQ_ROBOT("qemu-lm3s6965", sq_pendulum_rig_joints);
static sq_bridge bridge;
static sq_simulated_joints joints;
static sq_ring received;
static volatile bool torque_off_requested;

static void on_uart(void) {
    UART_CLEAR = 0x7ffu;
    while (!(UART_FLAGS & UART_RECEIVE_EMPTY)) sq_ring_put(&received, (uint8_t)UART_DATA);
}

__attribute__((section(".vectors.board"), used)) const sq_interrupt sq_board_interrupts[SQ_INTERRUPTS] = {[UART_INTERRUPT] = on_uart};

void sq_board_millisecond(void) {
    const uint32_t now = sq_clock_low_us();
    if (!sq_bridge_tick_overdue(&bridge, now)) return;
    torque_off_requested = true;
    if (now - bridge.tick_low_us > HANG_US) sq_restart();
}

static void start_uart(void) {
    UART_CONTROL = 0;
    UART_LINE = 0x70u; /* 8 bits, no parity, FIFOs on */
    UART_MASK = 0x50u; /* received, or waited with something in the FIFO */
    UART_CONTROL = 0x301u;
    sq_enable_interrupt(UART_INTERRUPT);
}

static void send_pending(uint64_t now) {
    static uint8_t frame[SQ_MAX_FRAME];
    static size_t length;
    static size_t sent;
    for (;;) {
        if (sent == length) {
            sent = 0;
            length = sq_bridge_transmit(&bridge, frame, sizeof frame, now);
            if (length == 0) return;
        }
        while (sent < length) {
            if (UART_FLAGS & UART_TRANSMIT_FULL) return;
            UART_DATA = frame[sent++];
        }
    }
}

#ifdef SQ_TEST_HANG
/* For a test: the command with this sequence hangs the main loop, as a defect would. */
static void hang_when_asked(void) {
    if (bridge.state == SQ_ARMED && bridge.command_sequence == SQ_TEST_HANG)
        for (;;) continue;
}
#endif

void sq_board_main(void) {
    sq_output outputs[SQ_MAX_JOINTS] = {{SQ_OUTPUT_TORQUE_OFF, 0, 0}};
    sq_measurement measured;
    sq_clock_start(CORE_HZ);
    sq_bridge_init(&bridge, &robot, sq_restarted() ? SQ_REASON_WATCHDOG_RESET : SQ_REASON_NONE, sq_clock_us());
    sq_simulated_joints_init(&joints, &robot);
    start_uart();
    uint64_t before = sq_clock_us();
    uint64_t next = before + TICK_US;
    for (;;) {
        const uint64_t now = sq_clock_us();
        for (int byte = sq_ring_take(&received); byte >= 0; byte = sq_ring_take(&received)) {
            const uint8_t one = (uint8_t)byte;
            sq_bridge_receive(&bridge, &one, 1, now);
        }
        if (now >= next) {
            const uint64_t elapsed = now - before < 20000 ? now - before : 20000;
            if (torque_off_requested) outputs[0].kind = SQ_OUTPUT_TORQUE_OFF;
            sq_simulated_joints_step(&joints, outputs, (float)elapsed * 1e-6f, &measured);
            sq_bridge_tick(&bridge, &measured, now, outputs);
            torque_off_requested = false;
            before = now;
            next += TICK_US;
            if (next <= now) next = now + TICK_US;
        }
        send_pending(now);
#ifdef SQ_TEST_HANG
        hang_when_asked();
#endif
        sq_wait_for_interrupt();
    }
}
