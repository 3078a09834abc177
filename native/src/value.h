// Soft values of the next states: proposals with their exact densities, equation (10), targets.
#pragma once
#include "block.h"
#include "pairwise.h"

namespace softqd {
namespace SOFTQD_NS {

constexpr float kCenterLimit = 3.0f;
constexpr float kActionLimit = 0.9999f;
constexpr double kNormalEntropy = 1.4189385332046727;  // of N(0, 1), nats: log(2 pi e) / 2
constexpr float kLatentLimit = 4.95171f;  // atanh 0.9999

/** log |det du/dxi| of every row (equation 33): tangents of the latent through the net whose activations are in trace 0. */
static void logDeterminant(const Core& e, Workspace& w, const float* p, int rows, float* out) {
  constexpr int L = Vec::lanes;
  const NetLayout& net = e.sampler;
  const int d = e.o.actionSize;
  const int chunk = e.rowsCap / d > 0 ? e.rowsCap / d : 1;
  const LayerLayout& first = net.layer[0];
  const float* latentWeights = p + first.weight + size_t(e.o.observationSize) * first.ld;
  for (int r0 = 0; r0 < rows; r0 += chunk) {
    const int n = rows - r0 < chunk ? rows - r0 : chunk;
    float* g = w.dz[0];
    for (int r = 0; r < n; r++) {
      const float* h = w.h[0][0] + size_t(r0 + r) * first.ld;
      for (int k = 0; k < d; k++)
        for (int j = 0; j < first.out; j += L)
          Vec::store(g + size_t(r * d + k) * first.ld + j,
                     Vec::gate(Vec::load(h + j), Vec::load(latentWeights + size_t(k) * first.ld + j)));
    }
    for (int l = 1; l < net.hidden(); l++) {
      const LayerLayout& y = net.layer[l];
      float* to = g == w.dz[0] ? w.dz[1] : w.dz[0];
      Gemm m;
      m.m = n * d;
      m.n = y.out;
      m.k = y.in;
      m.a = g;
      m.aRow = net.layer[l - 1].ld;
      m.b = p + y.weight;
      m.ldb = y.ld;
      m.c = to;
      m.ldc = y.ld;
      m.epilogue = Epilogue::gate;
      m.gate = w.h[0][l] + size_t(r0) * y.ld;
      m.ldGate = y.ld;
      m.gateShare = d;
      gemm<false>(m);
      g = to;
    }
    const LayerLayout& y = net.output();
    for (int r = 0; r < n; r++) {
      float* tangents = w.distances;  // [d][d]: row k = du/dxi_k
      dotRows(g + size_t(r) * d * y.ld, y.ld, d, p + y.weight, y.ld, y.in, d, nullptr, tangents, d, nullptr);
      double* m = w.jacobian;
      for (int i = 0; i < d * d; i++) m[i] = tangents[i];
      double log = 0;
      for (int c = 0; c < d; c++) {
        int best = c;
        for (int i = c + 1; i < d; i++)
          if (__builtin_fabs(m[i * d + c]) > __builtin_fabs(m[best * d + c])) best = i;
        for (int k = 0; best != c && k < d; k++) {
          const double keep = m[c * d + k];
          m[c * d + k] = m[best * d + k];
          m[best * d + k] = keep;
        }
        const double pivot = m[c * d + c], size = __builtin_fabs(pivot);
        log += __builtin_log(size < 1e-6 ? 1e-6 : size);  // a folded sampler must not claim an infinite density
        if (pivot == 0) continue;
        for (int i = c + 1; i < d; i++) {
          const double f = m[i * d + c] / pivot;
          for (int k = c; k < d; k++) m[i * d + k] -= f * m[c * d + k];
        }
      }
      out[r0 + r] = float(log);
    }
  }
}

/** Draws the block's value samples: w.a [rows][d] and w.logDensity [rows]. */
static SOFTQD_NOINLINE void proposal(const UpdateContext& t, Workspace& w, int s0, int states) {
  const Core& e = t.e;
  const Options& o = e.o;
  const int n = o.valueSamples, d = o.actionSize, rows = states * n;
  const float* uniform = t.noise.valueUniform + size_t(s0) * n * d;
  if (o.proposal == Proposal::uniform) {
    std::memcpy(w.a, uniform, size_t(rows) * d * 4);
    for (int r = 0; r < rows; r++) w.logDensity[r] = -d * 0.69314718056f;
    return;
  }
  const float* latents = o.latent == Latent::zero ? e.zeros : t.noise.valueLatents + size_t(s0) * n * d;
  observationProduct(e.sampler, e.samplerBlock.p, t.batch.nextObservations + size_t(s0) * o.observationSize, o.observationSize,
            states, w.state);
  forward(e.sampler, e.samplerBlock.p, w.state, o.observationSize, latents, d, states, n, UpdateContext::at(w, 0), w.latent);
  if (o.proposal == Proposal::sampler) {
    logDeterminant(e, w, e.samplerBlock.p, rows, w.logDensity);
    std::memcpy(w.u, w.latent, size_t(rows) * d * 4);
    for (int r = 0; r < rows; r++) {
      float squares = 0;
      for (int k = 0; k < d; k++) squares += latents[r * d + k] * latents[r * d + k];
      w.logDensity[r] = -0.5f * squares - d * 0.91893853320f - w.logDensity[r];
    }
  } else {
    const F sigma = Vec::set(o.proposalSigma);
    const float* jitter = t.noise.valueJitter + size_t(s0) * n * d;
    each(rows * d, [&](int i, int count) {
      F c = clampBoth(Vec::loadu(w.latent + i), kCenterLimit);
      Vec::storeu(w.latent + i, c);
      Vec::storeu(w.u + i, clampBoth(Vec::fma(sigma, loadFirst(jitter + i, count), c), kLatentLimit));
    });
    if (o.proposalUniformFraction > 0) {
      const float* choice = t.noise.valueChoice + size_t(s0) * n;
      for (int r = 0; r < rows; r++)
        if (choice[r] < o.proposalUniformFraction)
          each(d, [&](int i, int count) {
            storeFirst(w.u + r * d + i, vatanh(clampBoth(loadFirst(uniform + r * d + i, count), kActionLimit)), count);
          });
    }
    for (int s = 0; s < states; s++)
      kernelDensity(w.u + size_t(s) * n * d, w.latent + size_t(s) * n * d, n, d, o.proposalSigma, w.soaA, w.distances,
                    w.logDensity + size_t(s) * n);
  }
  each(rows * d, [&](int i, int) {
    F u = Vec::loadu(w.u + i);
    Vec::storeu(w.a + i, vtanh(u));
    Vec::storeu(w.logOneMinus + i, vlogOneMinusTanh2(u));
  });
  for (int r = 0; r < rows; r++) w.logDensity[r] -= sumFirst(w.logOneMinus + r * d, d);
  if (o.proposal == Proposal::mixture && o.proposalUniformFraction > 0) {
    const float beta = o.proposalUniformFraction;
    const F flat = Vec::set(__builtin_logf(beta) - d * 0.69314718056f);
    const F part = Vec::set(beta < 1 ? __builtin_logf(1 - beta) : -1e30f);
    each(rows, [&](int i, int) {
      F k = Vec::loadu(w.logDensity + i) + part;
      F high = k > flat ? k : flat, low = k > flat ? flat : k;
      Vec::storeu(w.logDensity + i, high + vlog(Vec::set(1.0f) + vexp(low - high)));
    });
  }
}

/**
 * log |det du/dxi| and sum log(1 - a^2) of one latent (the first fixed one) at each state of the batch, summed: the entropy of the acting
 * sampler by (33) is d/2 log(2 pi e) plus their means.
 */
static SOFTQD_NOINLINE void samplerEntropy(const UpdateContext& t, Workspace& w, int s0, int states) {
  const Core& e = t.e;
  const Options& o = e.o;
  const int d = o.actionSize;
  const size_t stride = size_t(o.fixedParticles) * d;
  for (int s = 0; s < states; s++) std::memcpy(w.aFixed + size_t(s) * d, t.noise.fixedLatents + (s0 + s) * stride, size_t(d) * 4);
  observationProduct(e.sampler, e.samplerBlock.p, t.batch.observations + size_t(s0) * o.observationSize, o.observationSize, states,
                     w.state);
  forward(e.sampler, e.samplerBlock.p, w.state, o.observationSize, w.aFixed, d, states, 1, UpdateContext::at(w, 0), w.u);
  logDeterminant(e, w, e.samplerBlock.p, states, w.logDensity);
  each(states * d, [&](int i, int) { Vec::storeu(w.logOneMinus + i, vlogOneMinusTanh2(Vec::loadu(w.u + i))); });
  for (int s = 0; s < states; s++) {
    w.logSlopeSum += sumFirst(w.logOneMinus + s * d, d);
    w.logDeterminantSum += w.logDensity[s];
    w.logDeterminantSquares += double(w.logDensity[s]) * w.logDensity[s];
  }
}

/** Soft values and targets of a block: equation (10) with a importanceExponent, or the target sampler's action (ddpg). */
static SOFTQD_NOINLINE void targets(const UpdateContext& t, Workspace& w, int s0, int states) {
  const Core& e = t.e;
  const Options& o = e.o;
  const int d = o.actionSize;
  const float* next = t.batch.nextObservations + size_t(s0) * o.observationSize;
  const int n = o.valueSamples;
  if (o.criticTarget == CriticTarget::actionValue) {
    const float* latents = o.latent == Latent::zero ? e.zeros : t.noise.valueLatents + size_t(s0) * n * d;
    observationProduct(e.sampler, e.targetSampler.p, next, o.observationSize, states, w.state);
    forward(e.sampler, e.targetSampler.p, w.state, o.observationSize, latents, d, states, n, UpdateContext::at(w, 0), w.u);
    each(states * n * d, [&](int i, int) { Vec::storeu(w.a + i, vtanh(Vec::loadu(w.u + i))); });
  } else {
    proposal(t, w, s0, states);
  }
  for (int c = 0; c < o.criticCount; c++) criticForward(e, w, e.critic, e.targets[c].p, next, w.a, states, n, 0, w.q[c]);
  minimum(e, w, states * n, w.q[0]);
  const float alpha = float(t.alpha), importanceExponent = o.importanceExponent;
  for (int s = 0; s < states; s++) {
    double value;
    if (o.criticTarget == CriticTarget::actionValue) {
      value = sumFirst(w.q[0] + size_t(s) * n, n) / n;
    } else {
      const float* q = w.q[0] + size_t(s) * n;
      const float* density = w.logDensity + size_t(s) * n;
      if (importanceExponent < 1e-6f) {
        double sumValue = 0;
        for (int j = 0; j < n; j++) sumValue += double(q[j]) - double(alpha) * density[j];
        value = sumValue / n;
      } else {
        float* weight = w.soaA;
        const F inverse = Vec::set(1.0f / alpha), tv = Vec::set(importanceExponent);
        F high = Vec::set(-3.0e38f);
        each(n, [&](int j, int count) {
          F lw = tv * (Vec::loadu(q + j) * inverse - Vec::loadu(density + j));
          if (count < Vec::lanes) lw = Vec::iota() < Vec::seti(count) ? lw : Vec::set(-3.0e38f);
          Vec::store(weight + j, lw);
          high = lw > high ? lw : high;
        });
        const float top = Vec::hmax(high);
        F sum{};
        each(n, [&](int j, int) { sum += vexp(Vec::load(weight + j) - Vec::set(top)); });
        value = t.alpha / importanceExponent * (double(top) + __builtin_log(double(Vec::sum(sum)) / n));
      }
    }
    w.valueSum += value;
    const double y = o.rewardScale * t.batch.rewards[s0 + s] + o.discount * (1.0 - t.batch.terminated[s0 + s]) * value;
    w.targetSum += y;
    e.y[s0 + s] = float(y);
  }
}

}  // namespace SOFTQD_NS
}  // namespace softqd
