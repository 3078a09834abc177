// One gradient step of soft Q-learning (docs/learning.md; what two engines could read differently is fixed in src/engine/port.ts).
#pragma once
#include "network.h"
#include "pairwise.h"

namespace softqd {
namespace SOFTQD_NS {

constexpr float kCentreLimit = 3.0f;
constexpr float kActionLimit = 0.9999f;
constexpr float kLatentLimit = 4.95171f;  // atanh 0.9999

/** NaN stays NaN. */
static SOFTQD_INLINE F clampBoth(F x, float limit) {
  F y = x > Vec::set(limit) ? Vec::set(limit) : x;
  return y < Vec::set(-limit) ? Vec::set(-limit) : y;
}

/** Calls f(vector, store) over `count` floats of an array that may end anywhere. */
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

struct Update {
  Core& e;
  const BatchView& batch;
  const NoiseView& noise;
  double alpha;

  static Trace at(Work& w, int which) { return {w.z[which], w.h[which], w.mean[which], w.rstd[which]}; }
};

/** The states of one thread: a fixed split, so that sums repeat. */
static void share(const Core& e, int thread, int& first, int& last) {
  const int n = e.o.batchSize, threads = e.o.threads;
  first = int(int64_t(n) * thread / threads);
  last = int(int64_t(n) * (thread + 1) / threads);
}

/** min over critics; NaN or infinity of either is kept. */
static void minimum(const Core& e, Work& w, int rows, float* out) {
  if (e.o.criticCount == 1) {
    if (out != w.q[0]) std::memcpy(out, w.q[0], size_t(rows) * 4);
    return;
  }
  for (int i = 0; i < rows; i++) {
    const float a = w.q[0][i], b = w.q[1][i];
    out[i] = (b < a ? b : a) + 0.0f * (a + b);
  }
}

static void criticForward(const Core& e, Work& w, const NetLayout& net, const float* p, const float* observations,
                          const float* actions, int states, int per, int which, float* q) {
  statePart(net, p, observations, e.o.observationSize, states, w.state);
  forward(net, p, w.state, e.o.observationSize, actions, e.o.actionSize, states, per, Update::at(w, which), q);
}

/** log |det du/dxi| of every row (equation 33): tangents of the latent through the net whose activations are in trace 0. */
static void logDeterminant(const Core& e, Work& w, const float* p, int rows, float* out) {
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
static SOFTQD_NOINLINE void proposal(const Update& t, Work& w, int s0, int states) {
  const Core& e = t.e;
  const Options& o = e.o;
  const int n = o.valueSamples, d = o.actionSize, rows = states * n;
  const float* uniform = t.noise.valueUniform + size_t(s0) * n * d;
  if (o.proposal == Proposal::uniform) {
    std::memcpy(w.a, uniform, size_t(rows) * d * 4);
    for (int r = 0; r < rows; r++) w.logDensity[r] = -d * 0.69314718056f;
    return;
  }
  const float* latents = o.zeroLatent ? e.zeros : t.noise.valueLatents + size_t(s0) * n * d;
  statePart(e.sampler, e.samplerBlock.p, t.batch.nextObservations + size_t(s0) * o.observationSize, o.observationSize,
            states, w.state);
  forward(e.sampler, e.samplerBlock.p, w.state, o.observationSize, latents, d, states, n, Update::at(w, 0), w.latent);
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
      F c = clampBoth(Vec::loadu(w.latent + i), kCentreLimit);
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

/** Soft values and targets of a block: equation (10) with a tilt, or the target sampler's action (ddpg). */
static SOFTQD_NOINLINE void targets(const Update& t, Work& w, int s0, int states) {
  const Core& e = t.e;
  const Options& o = e.o;
  const int d = o.actionSize;
  const float* next = t.batch.nextObservations + size_t(s0) * o.observationSize;
  const int n = o.valueSamples;
  if (o.actionValue) {
    const float* latents = o.zeroLatent ? e.zeros : t.noise.valueLatents + size_t(s0) * n * d;
    statePart(e.sampler, e.targetSampler.p, next, o.observationSize, states, w.state);
    forward(e.sampler, e.targetSampler.p, w.state, o.observationSize, latents, d, states, n, Update::at(w, 0), w.u);
    each(states * n * d, [&](int i, int) { Vec::storeu(w.a + i, vtanh(Vec::loadu(w.u + i))); });
  } else {
    proposal(t, w, s0, states);
  }
  for (int c = 0; c < o.criticCount; c++) criticForward(e, w, e.critic, e.targets[c].p, next, w.a, states, n, 0, w.q[c]);
  minimum(e, w, states * n, w.q[0]);
  const float alpha = float(t.alpha), tilt = o.tilt;
  for (int s = 0; s < states; s++) {
    double value;
    if (o.actionValue) {
      value = sumFirst(w.q[0] + size_t(s) * n, n) / n;
    } else {
      const float* q = w.q[0] + size_t(s) * n;
      const float* density = w.logDensity + size_t(s) * n;
      double entropy;
      if (tilt < 1e-6f) {
        double sumValue = 0, sumDensity = 0;
        for (int j = 0; j < n; j++) {
          sumValue += double(q[j]) - double(alpha) * density[j];
          sumDensity += density[j];
        }
        value = sumValue / n;
        entropy = -sumDensity / n;
      } else {
        float* weight = w.soaA;
        const F inverse = Vec::set(1.0f / alpha), tv = Vec::set(tilt);
        F high = Vec::set(-3.0e38f);
        each(n, [&](int j, int count) {
          F lw = tv * (Vec::loadu(q + j) * inverse - Vec::loadu(density + j));
          if (count < Vec::lanes) lw = Vec::iota() < Vec::seti(count) ? lw : Vec::set(-3.0e38f);
          Vec::store(weight + j, lw);
          high = lw > high ? lw : high;
        });
        const float top = Vec::hmax(high);
        F sum{}, sumQ{}, sumDensity{};
        each(n, [&](int j, int count) {
          F x = vexp(Vec::load(weight + j) - Vec::set(top));
          sum += x;
          F qv = Vec::loadu(q + j), dv = Vec::loadu(density + j);
          if (count < Vec::lanes) {
            const Vec::I keep = Vec::iota() < Vec::seti(count);
            qv = keep ? qv : F{};
            dv = keep ? dv : F{};
          }
          sumQ = Vec::fma(x, qv, sumQ);
          sumDensity = Vec::fma(x, dv, sumDensity);
        });
        const double total = Vec::sum(sum);
        value = t.alpha / tilt * (double(top) + __builtin_log(total / n));
        entropy = tilt * (value - Vec::sum(sumQ) / total) / t.alpha - (1.0 - tilt) * (Vec::sum(sumDensity) / total);
      }
      w.entropySum += entropy;
    }
    w.valueSum += value;
    const double y = o.rewardScale * t.batch.rewards[s0 + s] + o.discount * (1.0 - t.batch.terminated[s0 + s]) * value;
    w.targetSum += y;
    e.y[s0 + s] = float(y);
  }
}

/** Gradient of the critics' loss (11) over a block. */
static void criticGradient(const Update& t, Work& w, int s0, int states) {
  Core& e = t.e;
  const Options& o = e.o;
  const float* observations = t.batch.observations + size_t(s0) * o.observationSize;
  const float* actions = t.batch.actions + size_t(s0) * o.actionSize;
  const float inverse = 1.0f / o.batchSize;
  for (int c = 0; c < o.criticCount; c++) {
    criticForward(e, w, e.critic, e.critics[c].p, observations, actions, states, 1, c, w.q[c]);
    for (int s = 0; s < states; s++) {
      const float delta = w.q[c][s] - e.y[s0 + s];
      w.qSum += w.q[c][s];
      w.loss += 0.5 * double(delta) * delta;
      w.outGradient[s] = delta * inverse;
    }
    backward(e.critic, e.critics[c], observations, o.observationSize, actions, o.actionSize, states, 1,
             Update::at(w, c), w.outGradient, w.dz, w.stateGradient, w.criticGradient[c]);
  }
}

/** grad_a of min over critics at w.aFixed [rows][d] -> w.actionGradient. Only the smaller critic of a row is walked back. */
static void valueGradient(const Update& t, Work& w, const float* observations, int states, int per) {
  Core& e = t.e;
  const Options& o = e.o;
  const int rows = states * per, d = o.actionSize;
  for (int c = 0; c < o.criticCount; c++)
    criticForward(e, w, e.critic, e.critics[c].p, observations, w.aFixed, states, per, c, w.q[c]);
  int counts[2] = {0, 0};
  if (o.criticCount == 2)
    for (int r = 0; r < rows; r++) {
      const int c = w.q[1][r] < w.q[0][r];
      w.index[c][counts[c]++] = r;
    }
  else
    counts[0] = rows;
  for (int c = 0; c < o.criticCount; c++) {
    inputGradient(e.critic, e.critics[c], o.observationSize, d, counts[c], o.criticCount == 2 ? w.index[c] : nullptr,
                  Update::at(w, c), w.dz, w.actionGradient);
  }
}

/** Gradient of the sampler's loss (14) over a block. */
static void samplerGradient(const Update& t, Work& w, int s0, int states) {
  Core& e = t.e;
  const Options& o = e.o;
  const int d = o.actionSize, K = o.fixedParticles, M = o.updatedParticles;
  const float* observations = t.batch.observations + size_t(s0) * o.observationSize;
  const float* p = e.samplerBlock.p;
  const float* fixedLatents = o.zeroLatent ? e.zeros : t.noise.fixedLatents + size_t(s0) * K * d;
  const float* updatedLatents = o.zeroLatent ? e.zeros : t.noise.updatedLatents + size_t(s0) * M * d;
  statePart(e.sampler, p, observations, o.observationSize, states, w.state);
  forward(e.sampler, p, w.state, o.observationSize, fixedLatents, d, states, K, Update::at(w, 0), w.uFixed);
  each(states * K * d, [&](int i, int) { Vec::storeu(w.aFixed + i, vtanh(Vec::loadu(w.uFixed + i))); });
  valueGradient(t, w, observations, states, K);
  const F inverse = Vec::set(float(1.0 / t.alpha)), one = Vec::set(1.0f), two = Vec::set(2.0f);
  each(states * K * d, [&](int i, int) {
    F a = Vec::loadu(w.aFixed + i), g = Vec::loadu(w.actionGradient + i) * inverse;
    F bent = one - a * a;
    if (o.space == Space::u) g = g * bent - two * a;
    else if (o.space == Space::actionSquash) g = g - two * a / (bent + Vec::set(1e-6f));
    Vec::storeu(w.actionGradient + i, g);
  });
  statePart(e.sampler, p, observations, o.observationSize, states, w.state);
  forward(e.sampler, p, w.state, o.observationSize, updatedLatents, d, states, M, Update::at(w, 0), w.u);
  const bool inU = o.space == Space::u;
  if (!inU) each(states * M * d, [&](int i, int) { Vec::storeu(w.a + i, vtanh(Vec::loadu(w.u + i))); });
  const Stein stein{K, M, d, o.distances, kernelFactor(o.factor, K), o.repulsion};
  const float* x = inU ? w.uFixed : w.aFixed;
  const float* y = inU ? w.u : w.a;
  const int mp = padded(M);
  const float scale = -1.0f / (float(o.batchSize) * M);
  for (int s = 0; s < states; s++) {
    steinField(stein, x + size_t(s) * K * d, w.actionGradient + size_t(s) * K * d, y + size_t(s) * M * d, w.soaA,
               w.distances, w.soaB);
    for (int j = 0; j < M; j++) {
      float squares = 0;
      float* out = w.outGradient + size_t(s * M + j) * d;
      for (int k = 0; k < d; k++) {
        const float phi = w.soaB[k * mp + j];
        squares += phi * phi;
        out[k] = phi * scale;
      }
      w.phiSum += __builtin_sqrtf(squares);
    }
  }
  if (!inU)
    each(states * M * d, [&](int i, int) {
      F a = Vec::loadu(w.a + i);
      Vec::storeu(w.outGradient + i, Vec::loadu(w.outGradient + i) * (one - a * a));
    });
  backward(e.sampler, e.samplerBlock, observations, o.observationSize, updatedLatents, d, states, M, Update::at(w, 0),
           w.outGradient, w.dz, w.stateGradient, w.samplerGradient);
}

/** Part of [0, size) of a thread, in whole cache lines. */
static void slice(const Core& e, size_t size, int thread, size_t& first, size_t& last) {
  const size_t lines = size / kLine;
  first = lines * thread / e.o.threads * kLine;
  last = lines * (thread + 1) / e.o.threads * kLine;
}

/** Sums the threads' gradients in order into the first one's; returns the sum of squares of this slice. */
static SOFTQD_NOINLINE double collect(const Core& e, float* Work::*single, float* (Work::*pair)[2], int c, size_t first, size_t last) {
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
  float keep1, take1, keep2, take2, rate, root, epsilon;
};
static AdamStep adamStep(const Options& o, double learningRate, int64_t t) {
  const double b1 = o.adamBeta1, b2 = o.adamBeta2;
  return {float(b1), float(1 - b1), float(b2), float(1 - b2), float(learningRate / (1 - __builtin_pow(b1, double(t)))),
          float(1 / __builtin_sqrt(1 - __builtin_pow(b2, double(t)))), float(o.adamEpsilon)};
}

/** p -= rate m / (sqrt(v) root + epsilon) over a slice. */
static SOFTQD_NOINLINE void adam(const AdamStep& a, const Block& b, const float* gradient, size_t first, size_t last) {
  const F keep1 = Vec::set(a.keep1), take1 = Vec::set(a.take1), keep2 = Vec::set(a.keep2), take2 = Vec::set(a.take2);
  const F rate = Vec::set(a.rate), root = Vec::set(a.root), epsilon = Vec::set(a.epsilon);
  for (size_t i = first; i < last; i += Vec::lanes) {
    F g = Vec::load(gradient + i);
    F m1 = Vec::fma(keep1, Vec::load(b.m + i), take1 * g);
    F v1 = Vec::fma(keep2, Vec::load(b.v + i), take2 * (g * g));
    Vec::store(b.m + i, m1);
    Vec::store(b.v + i, v1);
    Vec::store(b.p + i, Vec::load(b.p + i) - rate * m1 / Vec::fma(Vec::sqrt(v1), root, epsilon));
  }
}

/** t += tau (p - t) */
static SOFTQD_NOINLINE void follow(const Core& e, float* target, const float* p, size_t first, size_t last, bool copy) {
  const F tau = Vec::set(e.o.targetTau);
  for (size_t i = first; i < last; i += Vec::lanes) {
    F t = Vec::load(target + i), q = Vec::load(p + i);
    Vec::store(target + i, copy ? q : Vec::fma(tau, q - t, t));
  }
}

/** Everything that is a sum over states: targets, gradients of critics and sampler. */
static void gradientPhase(void* context, int thread) {
  const Update& t = *static_cast<Update*>(context);
  Core& e = t.e;
  Work& w = e.work[thread];
  w.loss = w.qSum = w.targetSum = w.valueSum = w.entropySum = w.phiSum = 0;
  for (int c = 0; c < e.o.criticCount; c++) std::memset(w.criticGradient[c], 0, e.critic.size * 4);
  std::memset(w.samplerGradient, 0, e.sampler.size * 4);
  int first, last;
  share(e, thread, first, last);
  auto blocks = [&](int per, void (*fn)(const Update&, Work&, int, int)) {
    const int step = e.statesPerBlock(per);
    for (int s = first; s < last; s += step) fn(t, w, s, last - s < step ? last - s : step);
  };
  blocks(e.o.valueSamples, targets);
  blocks(1, criticGradient);
  blocks(e.o.fixedParticles > e.o.updatedParticles ? e.o.fixedParticles : e.o.updatedParticles, samplerGradient);
}

static void normPhase(void* context, int thread) {
  Core& e = static_cast<Update*>(context)->e;
  Work& w = e.work[thread];
  size_t first, last;
  slice(e, e.critic.size, thread, first, last);
  w.criticSquares = 0;
  for (int c = 0; c < e.o.criticCount; c++) w.criticSquares += collect(e, nullptr, &Work::criticGradient, c, first, last);
  slice(e, e.sampler.size, thread, first, last);
  w.samplerSquares = collect(e, &Work::samplerGradient, nullptr, 0, first, last);
}

/** Everything is finite: Adam, and the targets follow. */
static void commitPhase(void* context, int thread) {
  Core& e = static_cast<Update*>(context)->e;
  const bool copy = e.o.targetCopySteps > 0;
  const bool moves = copy ? (e.updates + 1) % e.o.targetCopySteps == 0 : e.o.targetTau > 0;
  size_t first, last;
  slice(e, e.critic.size, thread, first, last);
  const AdamStep critic = adamStep(e.o, e.o.criticLearningRate, e.updates + 1);
  for (int c = 0; c < e.o.criticCount; c++) {
    adam(critic, e.critics[c], e.work[0].criticGradient[c], first, last);
    if (moves) follow(e, e.targets[c].p, e.critics[c].p, first, last, copy);
  }
  slice(e, e.sampler.size, thread, first, last);
  adam(adamStep(e.o, e.o.samplerLearningRate, e.updates + 1), e.samplerBlock, e.work[0].samplerGradient, first, last);
  if (moves && e.o.actionValue) follow(e, e.targetSampler.p, e.samplerBlock.p, first, last, copy);
}

static void transposePhase(void* context, int thread) {
  Core& e = static_cast<Update*>(context)->e;
  for (int c = thread; c <= e.o.criticCount; c += e.o.threads) {
    if (c < e.o.criticCount) transpose(e.critic, e.critics[c]);
    else transpose(e.sampler, e.samplerBlock);
  }
}

static void refreshCore(Core& e) {
  for (int c = 0; c < e.o.criticCount; c++) transpose(e.critic, e.critics[c]);
  transpose(e.sampler, e.samplerBlock);
}

static double total(const Core& e, double Work::*part) {
  double sum = 0;
  for (int t = 0; t < e.o.threads; t++) sum += e.work[t].*part;
  return sum;
}

/** NaN and infinity become NaN, everything else 0; a vector at a time. */
static bool allFinite(const float* x, size_t n) {
  F sum{};
  for (size_t i = 0; i < n; i += Vec::lanes) sum += loadFirst(x + i, n - i < size_t(Vec::lanes) ? int(n - i) : Vec::lanes) * F{};
  return Vec::sum(sum) == 0;
}

static bool updateCore(Core& e, const BatchView& batch, const NoiseView& noise, const Settings& settings, Info& info) {
  const Options& o = e.o;
  double alpha = settings.alpha;
  if (__builtin_isnan(alpha)) {
    alpha = __builtin_exp(double(e.logAlpha));
    if (o.automatic) alpha = alpha < settings.alphaMin ? settings.alphaMin : alpha > settings.alphaMax ? settings.alphaMax : alpha;
  }
  info = Info{};
  info.alpha = alpha;
  const size_t rows = size_t(o.batchSize);
  if (!allFinite(batch.observations, rows * o.observationSize) || !allFinite(batch.nextObservations, rows * o.observationSize) ||
      !allFinite(batch.actions, rows * o.actionSize) || !allFinite(batch.rewards, rows) || !allFinite(batch.terminated, rows))
    return false;
  Update t{e, batch, noise, alpha};
  e.team->run(gradientPhase, &t);
  e.team->run(normPhase, &t);
  Info got{};
  const double criticSquares = total(e, &Work::criticSquares), samplerSquares = total(e, &Work::samplerSquares);
  got.entropy = o.actionValue ? 0 : total(e, &Work::entropySum) / o.batchSize;
  got.qLoss = total(e, &Work::loss) / o.batchSize;
  got.qMean = total(e, &Work::qSum) / o.batchSize / o.criticCount;
  got.targetMean = total(e, &Work::targetSum) / o.batchSize;
  got.softValueMean = total(e, &Work::valueSum) / o.batchSize;
  got.alpha = alpha;
  got.phiNorm = total(e, &Work::phiSum) / (double(o.batchSize) * o.updatedParticles);
  got.criticGradientNorm = __builtin_sqrt(criticSquares);
  got.samplerGradientNorm = __builtin_sqrt(samplerSquares);
  const double everything = got.entropy + got.qLoss + got.qMean + got.targetMean + got.softValueMean + got.phiNorm +
                            got.criticGradientNorm + got.samplerGradientNorm + alpha;
  if (!__builtin_isfinite(everything)) return false;
  got.finite = 1;
  info = got;
  e.team->run(commitPhase, &t);
  e.team->run(transposePhase, &t);
  if (o.automatic) {
    const double error = o.targetEntropy - got.entropy;
    const double low = __builtin_log(settings.alphaMin), high = __builtin_log(settings.alphaMax);
    const double moved = e.logAlpha + o.alphaLearningRate * (error > 2 ? 2 : error < -2 ? -2 : error);
    e.logAlpha = float(moved < low ? low : moved > high ? high : moved);
  }
  e.updates++;
  return true;
}

}  // namespace SOFTQD_NS
}  // namespace softqd
