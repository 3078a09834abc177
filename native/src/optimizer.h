// Parameter updates: gradients summed in a fixed order, Adam (Kingma and Ba 2015), target networks.
#pragma once
#include "core.h"
#include "math.h"

namespace softqd {
namespace SOFTQD_NS {

/** The slice of [0, size) of a thread, in complete cache lines. */
static void slice(const Core& e, size_t size, int thread, size_t& first, size_t& last) {
  const size_t lines = size / kLine;
  first = lines * thread / e.o.threads * kLine;
  last = lines * (thread + 1) / e.o.threads * kLine;
}

/** Sums the threads' gradients in order into the first one's; returns the sum of squares of this slice. */
static SOFTQD_NOINLINE double collect(const Core& e, float* Workspace::*single, float* (Workspace::*pair)[kMaxCritics], int c, size_t first, size_t last) {
  constexpr int L = Vec::lanes;
  auto of = [&](int t) { return pair ? (e.work[t].*pair)[c] : e.work[t].*single; };
  float* total = of(0);
  F s0{}, s1{};
  for (size_t i = first; i < last; i += L) {
    F g = Vec::load(total + i);
    for (int t = 1; t < e.o.threads; t++) g += Vec::load(of(t) + i);
    if (e.o.threads > 1) Vec::store(total + i, g);
    if (i / L & 1) s1 = Vec::fma(g, g, s1);
    else s0 = Vec::fma(g, g, s0);
  }
  return Vec::sum(s0 + s1);
}

struct AdamStep {
  float keep1, take1, keep2, take2, rate, root, epsilon, keep;
};
static AdamStep adamStep(const Options& o, double learningRate, double weightDecay, int64_t t) {
  const double b1 = o.adamBeta1, b2 = o.adamBeta2;
  return {float(b1), float(1 - b1), float(b2), float(1 - b2), float(learningRate / (1 - __builtin_pow(b1, double(t)))),
          float(1 / __builtin_sqrt(1 - __builtin_pow(b2, double(t)))), float(o.adamEpsilon), float(1 - learningRate * weightDecay)};
}

/** p = keep p - rate m / (sqrt(v) root + epsilon) over a slice: the decay of weights is decoupled (Loshchilov and Hutter 2019). */
static SOFTQD_NOINLINE void adam(const AdamStep& a, const Block& b, const float* gradient, size_t first, size_t last) {
  const F keep1 = Vec::set(a.keep1), take1 = Vec::set(a.take1), keep2 = Vec::set(a.keep2), take2 = Vec::set(a.take2);
  const F rate = Vec::set(a.rate), root = Vec::set(a.root), epsilon = Vec::set(a.epsilon), keep = Vec::set(a.keep);
  for (size_t i = first; i < last; i += Vec::lanes) {
    F g = Vec::load(gradient + i);
    F m1 = Vec::fma(keep1, Vec::load(b.m + i), take1 * g);
    F v1 = Vec::fma(keep2, Vec::load(b.v + i), take2 * (g * g));
    Vec::store(b.m + i, m1);
    Vec::store(b.v + i, v1);
    Vec::store(b.p + i, keep * Vec::load(b.p + i) - rate * m1 / Vec::fma(Vec::sqrt(v1), root, epsilon));
  }
}

/** t += tau (p - t) */
static SOFTQD_NOINLINE void softUpdate(const Core& e, float* target, const float* p, size_t first, size_t last, bool copy) {
  const F tau = Vec::set(e.o.targetTau);
  for (size_t i = first; i < last; i += Vec::lanes) {
    F t = Vec::load(target + i), q = Vec::load(p + i);
    Vec::store(target + i, copy ? q : Vec::fma(tau, q - t, t));
  }
}

}  // namespace SOFTQD_NS
}  // namespace softqd
