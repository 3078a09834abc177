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

/** log |det| of m [d][d], which is overwritten. */
static double logAbsDeterminant(double* m, int d) {
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
  return log;
}

/** Tangents by the d latents of `rows` rows from r0 on, through the first unit. */
static void firstTangents(const LayerLayout& y, const float* p, int observationSize, int d, int r0, int rows, const Trace& t, float* g) {
  constexpr int L = Vec::lanes;
  const float* weights = p + y.weight + size_t(observationSize) * y.ld;
  for (int r = 0; r < rows; r++) {
    const float* h = t.h[0] + size_t(r0 + r) * y.ld;
    for (int k = 0; k < d; k++)
      for (int j = 0; j < y.out; j += L) {
        const F w = Vec::load(weights + size_t(k) * y.ld + j);
        Vec::store(g + size_t(r * d + k) * y.ld + j, y.plainRelu() ? Vec::gate(Vec::load(h + j), w) : w);
      }
  }
}

/** Tangents [rows * share] through the LayerNorm of unit l's output. */
static void tangentThroughNorm(const LayerLayout& y, const float* p, int r0, int rows, int share, const Trace& t, int l, float* g) {
  const auto norm = y.relu ? layerNormTangent<true> : layerNormTangent<false>;
  norm(g, g, y.ld, rows * share, share, y.out, t.z[l] + size_t(r0) * y.ld, t.mean[l] + r0, t.rstd[l] + r0, p + y.scale, p + y.shift);
}

/** Tangents of the input of unit l, normalized into `to`, where the unit normalizes it; returns those to multiply with. */
static const float* tangentOfInput(const LayerLayout& y, long ld, const float* p, int r0, int rows, int share, const Trace& t, int l,
                                   const float* g, float* to) {
  if (!y.preNorm) return g;
  layerNormTangent<false>(g, to, ld, rows * share, share, y.in, t.h[l - 1] + size_t(r0) * ld, t.preMean[l] + r0, t.preRstd[l] + r0,
                          p + y.preScale, p + y.preShift);
  return to;
}

/**
 * log |det du/dxi| of every row (equation 33): the d tangents of the latents of many rows go through the net together, whose
 * activations are in the sampler's trace. One matrix product a unit and chunk of rows.
 */
static void logDeterminant(const Core& e, Workspace& w, const float* p, int rows, float* out) {
  const NetLayout& net = e.sampler;
  const Trace& t = w.samplerTrace;
  const int d = e.o.actionSize;
  const int chunk = e.rowsCap / d > 0 ? e.rowsCap / d : 1;
  for (int r0 = 0; r0 < rows; r0 += chunk) {
    const int n = rows - r0 < chunk ? rows - r0 : chunk;
    float *g = w.dz[0], *spare = w.dz[1], *block = w.dz[2];  // block: the tangents at the beginning of a residual block
    firstTangents(net.layer[0], p, e.o.observationSize, d, r0, n, t, g);
    if (net.layer[0].norm) tangentThroughNorm(net.layer[0], p, r0, n, d, t, 0, g);
    auto swap = [](float*& a, float*& b) {
      float* keep = a;
      a = b;
      b = keep;
    };
    for (int l = 1; l < net.hidden(); l++) {
      const LayerLayout& y = net.layer[l];
      const long ldIn = net.layer[l - 1].ld;
      if (y.role == Role::expand) {
        swap(g, block);  // the tangents at its beginning are kept in `block`
        tangentOfInput(y, ldIn, p, r0, n, d, t, l, block, g);
      }
      Gemm m;
      m.m = n * d;
      m.n = y.out;
      m.k = y.in;
      m.a = g;
      m.aRow = ldIn;
      m.b = p + y.weight;
      m.ldb = y.ld;
      m.c = spare;
      m.ldc = y.ld;
      if (y.plainRelu()) {
        m.epilogue = Epilogue::gate;
        m.gate = t.h[l] + size_t(r0) * y.ld;
        m.ldGate = y.ld;
        m.gateShare = d;
      }
      if (y.add) {
        std::memcpy(spare, block, size_t(n * d) * y.ld * 4);
        m.accumulate = true;
      }
      gemm<false>(m);
      swap(g, spare);
      if (y.norm) tangentThroughNorm(y, p, r0, n, d, t, l, g);
    }
    const LayerLayout& y = net.output();
    const float* last = tangentOfInput(y, y.ld, p, r0, n, d, t, net.hidden(), g, spare);
    for (int r = 0; r < n; r++) {
      float* tangents = w.distances;  // [d][d]: row k = du/dxi_k
      dotRows(last + size_t(r) * d * y.ld, y.ld, d, p + y.weight, y.ld, y.in, d, nullptr, tangents, d, nullptr);
      for (int i = 0; i < d * d; i++) w.jacobian[i] = tangents[i];
      for (int i = 0; i < d; i++) w.jacobian[i * d + i] += e.o.latentSkip;
      out[r0 + r] = float(logAbsDeterminant(w.jacobian, d));
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
  const float* latents = o.latent == Latent::zero ? e.zeros : t.noise.valueLatents + size_t(s0) * n * o.latentSize;
  samplerForward(e, w, e.samplerBlock.p, t.batch.nextObservations + size_t(s0) * o.observationSize, latents, states, n, w.latent);
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
  samplerForward(e, w, e.samplerBlock.p, t.batch.observations + size_t(s0) * o.observationSize, w.aFixed, states, 1, w.u);
  logDeterminant(e, w, e.samplerBlock.p, states, w.logDensity);
  each(states * d, [&](int i, int) { Vec::storeu(w.logOneMinus + i, vlogOneMinusTanh2(Vec::loadu(w.u + i))); });
  for (int s = 0; s < states; s++) {
    w.logSlopeSum += sumFirst(w.logOneMinus + s * d, d);
    w.logDeterminantSum += w.logDensity[s];
    w.logDeterminantSquares += double(w.logDensity[s]) * w.logDensity[s];
  }
}

/** Soft values and targets of a block: equation (10) with an importanceExponent, or the target sampler's action (ddpg). */
static SOFTQD_NOINLINE void targets(const UpdateContext& t, Workspace& w, int s0, int states) {
  const Core& e = t.e;
  const Options& o = e.o;
  const int d = o.actionSize;
  const float* next = t.batch.nextObservations + size_t(s0) * o.observationSize;
  const int n = o.valueSamples;
  if (o.criticTarget == CriticTarget::actionValue) {
    const float* latents = o.latent == Latent::zero ? e.zeros : t.noise.valueLatents + size_t(s0) * n * o.latentSize;
    samplerForward(e, w, e.targetSampler.p, next, latents, states, n, w.u);
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
    const double y = t.rewardScale * t.batch.rewards[s0 + s] + t.batch.discounts[s0 + s] * (1.0 - t.batch.terminated[s0 + s]) * value;
    w.targetSum += y;
    e.y[s0 + s] = float(y);
  }
}

}  // namespace SOFTQD_NS
}  // namespace softqd
