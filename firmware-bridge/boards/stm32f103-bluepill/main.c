/*
 * The bridge on an STM32F103C8 ("Blue Pill") with one geared motor and its encoder: the pendulum rig. Wiring and motor constants:
 * README.md in this directory. Register numbers: ST RM0008.
 */
#include "cortex_m3.h"
#include "robots.h"

#define CORE_HZ 72000000u
#define BAUD 921600u
#define TICK_US 1000u

#define RCC_CR SQ_REGISTER(0x40021000)
#define RCC_CFGR SQ_REGISTER(0x40021004)
#define RCC_AHBENR SQ_REGISTER(0x40021014)
#define RCC_APB2ENR SQ_REGISTER(0x40021018)
#define RCC_APB1ENR SQ_REGISTER(0x4002101c)
#define RCC_CSR SQ_REGISTER(0x40021024)
#define FLASH_ACR SQ_REGISTER(0x40022000)
#define GPIOA_CRL SQ_REGISTER(0x40010800)
#define GPIOA_CRH SQ_REGISTER(0x40010804)
#define GPIOA_ODR SQ_REGISTER(0x4001080c)
#define GPIOB_CRL SQ_REGISTER(0x40010c00)
#define GPIOB_IDR SQ_REGISTER(0x40010c08)
#define GPIOB_ODR SQ_REGISTER(0x40010c0c)
#define USART1_SR SQ_REGISTER(0x40013800)
#define USART1_DR SQ_REGISTER(0x40013804)
#define USART1_BRR SQ_REGISTER(0x40013808)
#define USART1_CR1 SQ_REGISTER(0x4001380c)
#define USART1_CR3 SQ_REGISTER(0x40013814)
#define USART1_INTERRUPT 37
#define DMA1_CCR4 SQ_REGISTER(0x40020044)
#define DMA1_CNDTR4 SQ_REGISTER(0x40020048)
#define DMA1_CPAR4 SQ_REGISTER(0x4002004c)
#define DMA1_CMAR4 SQ_REGISTER(0x40020050)
#define TIM2_CR1 SQ_REGISTER(0x40000000)
#define TIM2_SMCR SQ_REGISTER(0x40000008)
#define TIM2_CCMR1 SQ_REGISTER(0x40000018)
#define TIM2_CNT SQ_REGISTER(0x40000024)
#define TIM2_ARR SQ_REGISTER(0x4000002c)
#define TIM3_CR1 SQ_REGISTER(0x40000400)
#define TIM3_CCMR1 SQ_REGISTER(0x40000418)
#define TIM3_CCER SQ_REGISTER(0x40000420)
#define TIM3_ARR SQ_REGISTER(0x4000042c)
#define TIM3_CCR1 SQ_REGISTER(0x40000434)
#define TIM3_CCR2 SQ_REGISTER(0x40000438)
#define ADC1_SR SQ_REGISTER(0x40012400)
#define ADC1_CR2 SQ_REGISTER(0x40012408)
#define ADC1_SMPR1 SQ_REGISTER(0x4001240c)
#define ADC1_SQR3 SQ_REGISTER(0x40012434)
#define ADC1_DR SQ_REGISTER(0x4001244c)
#define IWDG_KR SQ_REGISTER(0x40003000)
#define IWDG_PR SQ_REGISTER(0x40003004)
#define IWDG_RLR SQ_REGISTER(0x40003008)

/* 20 kHz: above hearing. */
#define PWM_STEPS 3600u
#define RADIANS_PER_COUNT (6.2831853f / (4.0f * 11.0f * 34.0f))
#define TORQUE_CONSTANT_NM_PER_A 0.21f
#define RESISTANCE_OHM 4.2f
#define VELOCITY_FILTER 0.2f
/* 10 kOhm over 2.2 kOhm, 3.3 V, 12 bits. */
#define SUPPLY_V_PER_STEP (3.3f / 4095.0f * (12.2f / 2.2f))
#define CHIP_V_PER_STEP (3.3f / 4095.0f)

static const sq_robot robot = SQ_ROBOT("stm32f103-bluepill", sq_pendulum_rig_joints);
static sq_bridge bridge;
static sq_ring received;

static void on_usart(void) {
    /* Reading the data register also clears overrun, framing and noise errors; the frame's CRC detects them. */
    if (USART1_SR & 0x2fu) sq_ring_put(&received, (uint8_t)USART1_DR);
}

__attribute__((section(".vectors.board"), used)) const sq_interrupt sq_board_interrupts[SQ_INTERRUPTS] = {[USART1_INTERRUPT] = on_usart};

static void pwm(uint32_t first, uint32_t second) {
    TIM3_CCR1 = first;
    TIM3_CCR2 = second;
}

void sq_board_millisecond(void) {
    if (sq_bridge_tick_overdue(&bridge, sq_clock_low_us())) pwm(0, 0);
}

static bool wait_for(volatile uint32_t *where, uint32_t mask, uint32_t value) {
    for (uint32_t i = 0; i < 200000u; i++)
        if ((*where & mask) == value) return true;
    return false;
}

/* 72 MHz from the 8 MHz crystal. Without it the chip runs on its internal 8 MHz oscillator, too inaccurate for this baud rate, so it restarts until the crystal runs. */
static void start_clocks(void) {
    FLASH_ACR = 0x12u;
    RCC_CR |= 1u << 16;
    if (!wait_for(&RCC_CR, 1u << 17, 1u << 17)) sq_restart();
    RCC_CFGR = (7u << 18) | (1u << 16) | (4u << 8) | (2u << 14); /* PLL = HSE * 9, APB1 = 36 MHz, ADC = 12 MHz */
    RCC_CR |= 1u << 24;
    if (!wait_for(&RCC_CR, 1u << 25, 1u << 25)) sq_restart();
    RCC_CFGR |= 2u;
    if (!wait_for(&RCC_CFGR, 0xcu, 0x8u)) sq_restart();
    RCC_AHBENR |= 1u;
    RCC_APB2ENR |= (1u << 0) | (1u << 2) | (1u << 3) | (1u << 9) | (1u << 14);
    RCC_APB1ENR |= 3u;
}

static void start_pins(void) {
    /* PA0, PA1 encoder with pull-up; PA4 analog; PA6, PA7 PWM; PA9 out, PA10 in; PB0 emergency stop with pull-up. */
    GPIOA_CRL = 0xbb404488u;
    GPIOA_CRH = (GPIOA_CRH & ~0x00000ff0u) | 0x000004b0u;
    GPIOA_ODR |= 3u;
    GPIOB_CRL = (GPIOB_CRL & ~0xfu) | 0x8u;
    GPIOB_ODR |= 1u;
}

static void start_timers(void) {
    TIM2_ARR = 0xffffu;
    TIM2_CCMR1 = 0xf1f1u; /* both inputs, filtered */
    TIM2_SMCR = 3u;
    TIM2_CR1 = 1u;
    TIM3_ARR = PWM_STEPS - 1u;
    TIM3_CCMR1 = 0x6868u;
    pwm(0, 0);
    TIM3_CCER = 0x11u;
    TIM3_CR1 = 1u;
}

static void start_serial(void) {
    USART1_BRR = (CORE_HZ + BAUD / 2u) / BAUD;
    USART1_CR3 = 1u << 7; /* sends by DMA */
    USART1_CR1 = (1u << 13) | (1u << 5) | (1u << 3) | (1u << 2);
    DMA1_CPAR4 = 0x40013804u;
    sq_enable_interrupt(USART1_INTERRUPT);
}

static void start_adc(void) {
    ADC1_SMPR1 = 7u << 18;
    ADC1_CR2 = 1u | (1u << 23);
    ADC1_CR2 |= 1u << 3; /* reset the calibration */
    (void)wait_for(&ADC1_CR2, 1u << 3, 0);
    ADC1_CR2 |= 1u << 2;
    (void)wait_for(&ADC1_CR2, 1u << 2, 0);
}

/* One conversion: about 2 us for the supply, 21 us for the chip's temperature. NaN when the converter hangs. */
static float convert(uint32_t channel) {
    ADC1_SQR3 = channel;
    ADC1_CR2 |= 1u;
    if (!wait_for(&ADC1_SR, 2u, 2u)) return __builtin_nanf("");
    return (float)(ADC1_DR & 0xfffu);
}

/* 26 ms: a hang of the main loop restarts the chip. */
static void start_watchdog(void) {
    IWDG_KR = 0x5555u;
    IWDG_PR = 0u;
    IWDG_RLR = 260u;
    IWDG_KR = 0xccccu;
}

static void drive(sq_output output, float velocity, float supply_v, float *effort) {
    *effort = 0.0f;
    /* This robot's joint does not hold: there is no position loop. */
    if (output.kind == SQ_OUTPUT_DAMP || output.kind == SQ_OUTPUT_HOLD) {
        *effort = -TORQUE_CONSTANT_NM_PER_A * TORQUE_CONSTANT_NM_PER_A / RESISTANCE_OHM * velocity;
        pwm(PWM_STEPS, PWM_STEPS);
        return;
    }
    if (output.kind != SQ_OUTPUT_TARGET || !(supply_v > 1.0f)) {
        pwm(0, 0);
        return;
    }
    /* The voltage for this torque at this speed; there is no current sensor, so the effort follows from the motor constants. */
    float voltage = output.value * RESISTANCE_OHM / TORQUE_CONSTANT_NM_PER_A + TORQUE_CONSTANT_NM_PER_A * velocity;
    if (voltage > supply_v) voltage = supply_v;
    if (voltage < -supply_v) voltage = -supply_v;
    *effort = (voltage - TORQUE_CONSTANT_NM_PER_A * velocity) * TORQUE_CONSTANT_NM_PER_A / RESISTANCE_OHM;
    const uint32_t steps = (uint32_t)((voltage < 0.0f ? -voltage : voltage) / supply_v * (float)PWM_STEPS);
    if (voltage >= 0.0f) pwm(steps, 0);
    else pwm(0, steps);
}

static void send_pending(uint64_t now) {
    static uint8_t frame[SQ_MAX_FRAME];
    if (DMA1_CNDTR4 != 0u && (DMA1_CCR4 & 1u)) return;
    const size_t length = sq_bridge_transmit(&bridge, frame, sizeof frame, now);
    if (length == 0) return;
    DMA1_CCR4 = 0u;
    DMA1_CMAR4 = (uint32_t)(uintptr_t)frame;
    DMA1_CNDTR4 = (uint32_t)length;
    DMA1_CCR4 = (1u << 7) | (1u << 4) | 1u;
}

static void measure(sq_measurement *measured, float dt_s) {
    static uint16_t before;
    static int32_t counts;
    const uint16_t now = (uint16_t)TIM2_CNT;
    const int16_t moved = (int16_t)(uint16_t)(now - before);
    before = now;
    counts += moved;
    measured->position[0] = (float)counts * RADIANS_PER_COUNT;
    if (dt_s > 0.0f) measured->velocity[0] += VELOCITY_FILTER * ((float)moved * RADIANS_PER_COUNT / dt_s - measured->velocity[0]);
    measured->supply_v = convert(4) * SUPPLY_V_PER_STEP;
    measured->temperature_count = 1;
    measured->temperature_c[0] = (1.43f - convert(16) * CHIP_V_PER_STEP) / 0.0043f + 25.0f;
    /* The contact opens: a broken wire stops, too. */
    measured->emergency_stop = (GPIOB_IDR & 1u) != 0u;
}

void sq_board_main(void) {
    sq_output output = {SQ_OUTPUT_TORQUE_OFF, 0, 0};
    static sq_measurement measured;
    const bool hung = (RCC_CSR & (1u << 29)) != 0u || sq_restarted();
    RCC_CSR |= 1u << 24;
    start_clocks();
    start_pins();
    start_timers();
    start_adc();
    start_serial();
    sq_clock_start(CORE_HZ);
    sq_bridge_init(&bridge, &robot, hung ? SQ_REASON_WATCHDOG_RESET : SQ_REASON_NONE, sq_clock_us());
    start_watchdog();
    uint64_t before = sq_clock_us();
    uint64_t next = before + TICK_US;
    for (;;) {
        const uint64_t now = sq_clock_us();
        for (int byte = sq_ring_take(&received); byte >= 0; byte = sq_ring_take(&received)) {
            const uint8_t one = (uint8_t)byte;
            sq_bridge_receive(&bridge, &one, 1, now);
        }
        if (now >= next) {
            measure(&measured, (float)(now - before) * 1e-6f);
            sq_bridge_tick(&bridge, &measured, now, &output);
            drive(output, measured.velocity[0], measured.supply_v, &measured.effort[0]);
            IWDG_KR = 0xaaaau;
            before = now;
            next += TICK_US;
            if (next <= now) next = now + TICK_US;
        }
        send_pending(now);
        sq_wait_for_interrupt();
    }
}
