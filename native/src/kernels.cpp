// Everything that depends on the instruction set; compiled once for each (scripts/build-native.mjs).
#include <time.h>

#include "act.h"
#include "noise.h"
#include "self-test.h"
#include "update.h"

namespace softqd {
namespace SOFTQD_NS {

static double gemmPeak(float* memory, int rows, int n, int k, int repeats) {
  const int lda = leading(k), ldb = leading(n);
  Gemm g;
  g.m = rows;
  g.n = n;
  g.k = k;
  g.a = memory;
  g.aRow = lda;
  g.b = memory + size_t(rows) * lda;
  g.ldb = ldb;
  g.c = memory + size_t(rows) * lda + size_t(k) * ldb;
  g.ldc = ldb;
  double best = 0;
  for (int r = 0; r < repeats; r++) {
    timespec t0, t1;
    clock_gettime(CLOCK_MONOTONIC, &t0);
    gemm<false>(g);
    clock_gettime(CLOCK_MONOTONIC, &t1);
    const double seconds = double(t1.tv_sec - t0.tv_sec) + 1e-9 * double(t1.tv_nsec - t0.tv_nsec);
    const double rate = 2e-9 * rows * n * k / seconds;
    best = rate > best ? rate : best;
  }
  return best;
}

#define SOFTQD_TEXT(x) SOFTQD_TEXT2(x)
#define SOFTQD_TEXT2(x) #x

const Kernels* kernels() {
  static const Kernels k = {SOFTQD_TEXT(SOFTQD_NS), Vec::lanes, updateCritic, updateSampler, refreshCore, drawNoise, actCore, gemmPeak, selfTest};
  return &k;
}

}  // namespace SOFTQD_NS
}  // namespace softqd
