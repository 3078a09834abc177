#include <stdlib.h>

#include "test.h"

int sq_test_checks;
int sq_test_failures;

static uint32_t random_state = 2463534242u;

uint32_t sq_test_random(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

float sq_test_uniform(float low, float high) { return low + (high - low) * (float)(sq_test_random() >> 8) / 16777216.0f; }

void sq_test_run(const char *name, void (*test)(void)) {
    const int before = sq_test_failures;
    test();
    printf("%s %s\n", sq_test_failures == before ? "ok" : "FAILED", name);
#ifdef SQ_TEST_FIRST_FAILURE
    if (sq_test_failures > 0) exit(1);
#endif
}

int main(void) {
    test_exact();
    test_holds();
    test_hold_ends();
    test_bridge_stops();
    test_bridge();
    test_bridge_bytes();
    test_limits();
    test_messages();
    test_frames();
    printf("%d checks, %d failures\n", sq_test_checks, sq_test_failures);
    return sq_test_failures == 0 ? 0 : 1;
}
