// One gradient step of soft Q-learning (docs/learning.md; src/engine/port.ts defines details on which engines could differ).
#pragma once
#include "gradients.h"
#include "optimizer.h"
#include "value.h"

namespace softqd {
namespace SOFTQD_NS {

/** The sums over states: targets, gradients of critics and sampler. */
static void gradientPhase(void* context, int thread) {
  const UpdateContext& t = *static_cast<UpdateContext*>(context);
  Core& e = t.e;
  Workspace& w = e.work[thread];
  w.loss = w.qSum = w.targetSum = w.valueSum = w.entropySum = w.phiSum = 0;
  for (int c = 0; c < e.o.criticCount; c++) std::memset(w.criticGradient[c], 0, e.critic.size * 4);
  std::memset(w.samplerGradient, 0, e.sampler.size * 4);
  int first, last;
  partition(e, thread, first, last);
  auto blocks = [&](int per, void (*fn)(const UpdateContext&, Workspace&, int, int)) {
    const int step = e.statesPerBlock(per);
    for (int s = first; s < last; s += step) fn(t, w, s, last - s < step ? last - s : step);
  };
  blocks(e.o.valueSamples, targets);
  blocks(1, criticGradient);
  blocks(e.o.fixedParticles > e.o.updatedParticles ? e.o.fixedParticles : e.o.updatedParticles, samplerGradient);
}

static void normPhase(void* context, int thread) {
  Core& e = static_cast<UpdateContext*>(context)->e;
  Workspace& w = e.work[thread];
  size_t first, last;
  slice(e, e.critic.size, thread, first, last);
  w.criticSquares = 0;
  for (int c = 0; c < e.o.criticCount; c++) w.criticSquares += collect(e, nullptr, &Workspace::criticGradient, c, first, last);
  slice(e, e.sampler.size, thread, first, last);
  w.samplerSquares = collect(e, &Workspace::samplerGradient, nullptr, 0, first, last);
}

/** Called when all values are finite: Adam and target updates. */
static void commitPhase(void* context, int thread) {
  Core& e = static_cast<UpdateContext*>(context)->e;
  const bool copy = e.o.targetCopyUpdates > 0;
  const bool moves = copy ? (e.updates + 1) % e.o.targetCopyUpdates == 0 : e.o.targetTau > 0;
  size_t first, last;
  slice(e, e.critic.size, thread, first, last);
  const AdamStep critic = adamStep(e.o, e.o.criticLearningRate, e.updates + 1);
  for (int c = 0; c < e.o.criticCount; c++) {
    adam(critic, e.critics[c], e.work[0].criticGradient[c], first, last);
    if (moves) softUpdate(e, e.targets[c].p, e.critics[c].p, first, last, copy);
  }
  slice(e, e.sampler.size, thread, first, last);
  adam(adamStep(e.o, e.o.samplerLearningRate, e.updates + 1), e.samplerBlock, e.work[0].samplerGradient, first, last);
  if (moves && e.o.criticTarget == CriticTarget::actionValue) softUpdate(e, e.targetSampler.p, e.samplerBlock.p, first, last, copy);
}

static void transposePhase(void* context, int thread) {
  Core& e = static_cast<UpdateContext*>(context)->e;
  for (int c = thread; c <= e.o.criticCount; c += e.o.threads) {
    if (c < e.o.criticCount) transpose(e.critic, e.critics[c]);
    else transpose(e.sampler, e.samplerBlock);
  }
}

static void refreshCore(Core& e) {
  for (int c = 0; c < e.o.criticCount; c++) transpose(e.critic, e.critics[c]);
  transpose(e.sampler, e.samplerBlock);
}

static double total(const Core& e, double Workspace::*part) {
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
    if (o.temperature == Temperature::automatic) alpha = alpha < settings.alphaMin ? settings.alphaMin : alpha > settings.alphaMax ? settings.alphaMax : alpha;
  }
  info = Info{};
  info.alpha = alpha;
  const size_t rows = size_t(o.batchSize);
  if (!allFinite(batch.observations, rows * o.observationSize) || !allFinite(batch.nextObservations, rows * o.observationSize) ||
      !allFinite(batch.actions, rows * o.actionSize) || !allFinite(batch.rewards, rows) || !allFinite(batch.terminated, rows))
    return false;
  UpdateContext t{e, batch, noise, alpha};
  e.pool->run(gradientPhase, &t);
  e.pool->run(normPhase, &t);
  Info got{};
  const double criticSquares = total(e, &Workspace::criticSquares), samplerSquares = total(e, &Workspace::samplerSquares);
  got.entropy = o.criticTarget == CriticTarget::actionValue ? 0 : total(e, &Workspace::entropySum) / o.batchSize;
  got.qLoss = total(e, &Workspace::loss) / o.batchSize;
  got.qMean = total(e, &Workspace::qSum) / o.batchSize / o.criticCount;
  got.targetMean = total(e, &Workspace::targetSum) / o.batchSize;
  got.softValueMean = total(e, &Workspace::valueSum) / o.batchSize;
  got.alpha = alpha;
  got.phiNorm = total(e, &Workspace::phiSum) / (double(o.batchSize) * o.updatedParticles);
  got.criticGradientNorm = __builtin_sqrt(criticSquares);
  got.samplerGradientNorm = __builtin_sqrt(samplerSquares);
  const double everything = got.entropy + got.qLoss + got.qMean + got.targetMean + got.softValueMean + got.phiNorm +
                            got.criticGradientNorm + got.samplerGradientNorm + alpha;
  if (!__builtin_isfinite(everything)) return false;
  got.finite = 1;
  info = got;
  e.pool->run(commitPhase, &t);
  e.pool->run(transposePhase, &t);
  if (o.temperature == Temperature::automatic) {
    const double error = o.targetEntropyPerDimension * o.actionSize - got.entropy;
    const double low = __builtin_log(settings.alphaMin), high = __builtin_log(settings.alphaMax);
    const double moved = e.logAlpha + o.alphaLearningRate * (error > 2 ? 2 : error < -2 ? -2 : error);
    e.logAlpha = float(moved < low ? low : moved > high ? high : moved);
  }
  e.updates++;
  return true;
}

}  // namespace SOFTQD_NS
}  // namespace softqd
