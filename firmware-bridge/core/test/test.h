#ifndef SQ_TEST_H
#define SQ_TEST_H

#include <stdint.h>
#include <stdio.h>

extern int sq_test_checks;
extern int sq_test_failures;

/* Counts and prints a false `condition`. */
#define CHECK(condition)                                                            \
    do {                                                                            \
        sq_test_checks++;                                                           \
        if (!(condition)) {                                                         \
            sq_test_failures++;                                                     \
            printf("    %s:%d: %s\n", __FILE__, __LINE__, #condition);              \
        }                                                                           \
    } while (0)

/* Runs a test and prints one line: ok or FAILED, and its name as a sentence. */
void sq_test_run(const char *name, void (*test)(void));

/* Reproducible random numbers (xorshift). */
uint32_t sq_test_random(void);
float sq_test_uniform(float low, float high);

void test_frames(void);
void test_limits(void);
void test_messages(void);
void test_bridge(void);
void test_bridge_bytes(void);
void test_bridge_stops(void);
void test_holds(void);
void test_hold_ends(void);
void test_exact(void);

#endif
