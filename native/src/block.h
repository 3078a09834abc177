// Shared by the parts of an update: the inputs of the step, arrays of any length, one critic over a block.
#pragma once
#include "network.h"

namespace softqd {
namespace SOFTQD_NS {

/** NaN stays NaN. */
static SOFTQD_INLINE F clampBoth(F x, float limit) {
  F y = x > Vec::set(limit) ? Vec::set(limit) : x;
  return y < Vec::set(-limit) ? Vec::set(-limit) : y;
}

/** Calls f(vector, store) over `count` floats of an array of any length. */
template <class Fn>
static SOFTQD_INLINE void each(int count, Fn f) {
  for (int i = 0; i < count; i += Vec::lanes) f(i, count - i < Vec::lanes ? count - i : Vec::lanes);
}
static SOFTQD_INLINE F loadFirst(const float* p, int n) {
  if (n == Vec::lanes) return Vec::loadu(p);
  F v{};
  std::memcpy(&v, p, size_t(n) * 4);
  return v;
}
static SOFTQD_INLINE void storeFirst(float* p, F v, int n) {
  if (n == Vec::lanes) Vec::storeu(p, v);
  else std::memcpy(p, &v, size_t(n) * 4);
}

struct UpdateContext {
  Core& e;
  const BatchView& batch;
  const NoiseView& noise;
  double alpha, rewardScale;
};

/** The share of one thread of n states: a fixed split, so that sums are reproducible. */
static void partition(const Core& e, int n, int thread, int& first, int& last) {
  const int threads = e.o.threads;
  first = int(int64_t(n) * thread / threads);
  last = int(int64_t(n) * (thread + 1) / threads);
}

/** min over critics; NaN or infinity of any is propagated. */
static void minimum(const Core& e, Workspace& w, int rows, float* out) {
  if (e.o.criticCount == 1) {
    if (out != w.q[0]) std::memcpy(out, w.q[0], size_t(rows) * 4);
    return;
  }
  for (int i = 0; i < rows; i++) {
    float low = w.q[0][i], sum = low;
    for (int c = 1; c < e.o.criticCount; c++) {
      const float q = w.q[c][i];
      low = q < low ? q : low;
      sum += q;
    }
    out[i] = low + 0.0f * sum;
  }
}

static void criticForward(const Core& e, Workspace& w, const NetLayout& net, const float* p, const float* observations,
                          const float* actions, int states, int per, int which, float* q) {
  observationProduct(net, p, observations, e.o.observationSize, states, w.state);
  forward(net, p, w.state, e.o.observationSize, actions, e.o.actionSize, states, per, w.criticTrace[which], q);
}

/** u = f(xi; s) + latentSkip xi of `per` latents a state. */
static void samplerForward(const Core& e, Workspace& w, const float* p, const float* observations, const float* latents, int states,
                           int per, float* u) {
  const Options& o = e.o;
  observationProduct(e.sampler, p, observations, o.observationSize, states, w.state);
  forward(e.sampler, p, w.state, o.observationSize, latents, o.latentSize, states, per, w.samplerTrace, u);
  addSkip(o.latentSkip, latents, states * per * o.actionSize, u);
}

}  // namespace SOFTQD_NS
}  // namespace softqd
