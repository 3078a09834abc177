// The two gradients of an update over a block of states: critics (11), sampler (14).
#pragma once
#include "backward.h"
#include "block.h"
#include "pairwise.h"

namespace softqd {
namespace SOFTQD_NS {

/** Gradient of the critics' loss (11) over a block. */
static void criticGradient(const UpdateContext& t, Workspace& w, int s0, int states) {
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
             w.criticTrace[c], w.outGradient, w.dz, w.stateGradient, w.criticGradient[c]);
  }
}

/** grad_a of min over critics at w.aFixed [rows][d] -> w.actionGradient. Only the smaller critic of a row is back-propagated. */
static void valueGradient(const UpdateContext& t, Workspace& w, const float* observations, int states, int per) {
  Core& e = t.e;
  const Options& o = e.o;
  const int rows = states * per, d = o.actionSize;
  for (int c = 0; c < o.criticCount; c++)
    criticForward(e, w, e.critic, e.critics[c].p, observations, w.aFixed, states, per, c, w.q[c]);
  if (o.criticCount == 1) {
    inputGradient(e.critic, e.critics[0], o.observationSize, d, rows, nullptr, w.criticTrace[0], w.dz, w.actionGradient);
    return;
  }
  int counts[kMaxCritics] = {};
  for (int r = 0; r < rows; r++) {
    int low = 0;
    for (int c = 1; c < o.criticCount; c++)
      if (w.q[c][r] < w.q[low][r]) low = c;
    w.index[low][counts[low]++] = r;
  }
  for (int c = 0; c < o.criticCount; c++)
    inputGradient(e.critic, e.critics[c], o.observationSize, d, counts[c], w.index[c], w.criticTrace[c], w.dz, w.actionGradient);
}

/** Gradient of the sampler's loss (14) over a block. */
static void samplerGradient(const UpdateContext& t, Workspace& w, int s0, int states) {
  Core& e = t.e;
  const Options& o = e.o;
  const int d = o.actionSize, K = o.fixedParticles, M = o.updatedParticles;
  const float* observations = t.batch.observations + size_t(s0) * o.observationSize;
  const float* p = e.samplerBlock.p;
  const float* fixedLatents = o.latent == Latent::zero ? e.zeros : t.noise.fixedLatents + size_t(s0) * K * o.latentSize;
  const float* updatedLatents = o.sharedParticles ? fixedLatents : o.latent == Latent::zero ? e.zeros : t.noise.updatedLatents + size_t(s0) * M * o.latentSize;
  samplerForward(e, w, p, observations, fixedLatents, states, K, w.uFixed);
  each(states * K * d, [&](int i, int) { Vec::storeu(w.aFixed + i, vtanh(Vec::loadu(w.uFixed + i))); });
  valueGradient(t, w, observations, states, K);
  const F inverse = Vec::set(float(1.0 / t.alpha)), one = Vec::set(1.0f), two = Vec::set(2.0f);
  each(states * K * d, [&](int i, int) {
    F a = Vec::loadu(w.aFixed + i), g = Vec::loadu(w.actionGradient + i) * inverse;
    F bent = one - a * a;
    if (o.svgdSpace == SvgdSpace::preTanh) g = g * bent - two * a;
    else if (o.svgdSpace == SvgdSpace::actionReleased) g = g - two * a / (bent + Vec::set(1e-6f));
    Vec::storeu(w.actionGradient + i, g);
  });
  if (!o.sharedParticles) samplerForward(e, w, p, observations, updatedLatents, states, M, w.u);
  const bool inU = o.svgdSpace == SvgdSpace::preTanh;
  if (!inU && !o.sharedParticles) each(states * M * d, [&](int i, int) { Vec::storeu(w.a + i, vtanh(Vec::loadu(w.u + i))); });
  const Stein stein{K, M, d, o.kernelDistances, kernelFactor(o.kernelFactor, K), o.repulsion, o.sharedParticles};
  const float* x = inU ? w.uFixed : w.aFixed;
  const float* a = o.sharedParticles ? w.aFixed : w.a;
  const float* y = o.sharedParticles ? x : inU ? w.u : w.a;
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
      F action = Vec::loadu(a + i);
      Vec::storeu(w.outGradient + i, Vec::loadu(w.outGradient + i) * (one - action * action));
    });
  backward(e.sampler, e.samplerBlock, observations, o.observationSize, updatedLatents, o.latentSize, states, M, w.samplerTrace,
           w.outGradient, w.dz, w.stateGradient, w.samplerGradient);
}

}  // namespace SOFTQD_NS
}  // namespace softqd
