// One gradient step of soft Q-learning (docs/learning.md; src/engine/port.ts defines details on which engines could differ).
#pragma once
#include "gradients.h"
#include "optimizer.h"
#include "value.h"

namespace softqd {
namespace SOFTQD_NS {

/** Calls fn for blocks of the thread's share of `states` states with `per` rows each. */
static void blocks(UpdateContext& t, int thread, int states, int per, void (*fn)(const UpdateContext&, Workspace&, int, int)) {
  int first, last;
  partition(t.e, states, thread, first, last);
  const int step = t.e.statesPerBlock(per);
  for (int s = first; s < last; s += step) fn(t, t.e.work[thread], s, last - s < step ? last - s : step);
}

/** The sums over states of a critic update: targets, gradients. */
static void criticGradientPhase(void* context, int thread) {
  UpdateContext& t = *static_cast<UpdateContext*>(context);
  Core& e = t.e;
  Workspace& w = e.work[thread];
  w.loss = w.qSum = w.targetSum = w.valueSum = 0;
  for (int c = 0; c < e.o.criticCount; c++) std::memset(w.criticGradient[c], 0, e.critic.size * 4);
  blocks(t, thread, e.o.batchSize, e.o.valueSamples, targets);
  blocks(t, thread, e.o.batchSize, 1, criticGradient);
}

/** The sums over states of a sampler update: entropy, gradient. */
static void samplerGradientPhase(void* context, int thread) {
  UpdateContext& t = *static_cast<UpdateContext*>(context);
  Core& e = t.e;
  Workspace& w = e.work[thread];
  w.logSlopeSum = w.logDeterminantSum = w.logDeterminantSquares = w.phiSum = 0;
  std::memset(w.samplerGradient, 0, e.sampler.size * 4);
  if (hasDensity(e.o)) blocks(t, thread, entropyStates(e.o), 1, samplerEntropy);
  blocks(t, thread, e.o.batchSize, e.o.fixedParticles > e.o.updatedParticles ? e.o.fixedParticles : e.o.updatedParticles, samplerGradient);
}

static void criticNormPhase(void* context, int thread) {
  Core& e = static_cast<UpdateContext*>(context)->e;
  Workspace& w = e.work[thread];
  size_t first, last;
  slice(e, e.critic.size, thread, first, last);
  w.criticSquares = 0;
  for (int c = 0; c < e.o.criticCount; c++) w.criticSquares += collect(e, nullptr, &Workspace::criticGradient, c, first, last);
}

static void samplerNormPhase(void* context, int thread) {
  Core& e = static_cast<UpdateContext*>(context)->e;
  size_t first, last;
  slice(e, e.sampler.size, thread, first, last);
  e.work[thread].samplerSquares = collect(e, &Workspace::samplerGradient, nullptr, 0, first, last);
}

/** Called when all values are finite: Adam on the critics, then all targets. */
static void criticCommitPhase(void* context, int thread) {
  Core& e = static_cast<UpdateContext*>(context)->e;
  const bool copy = e.o.targetCopyUpdates > 0;
  const bool moves = copy ? (e.updates + 1) % e.o.targetCopyUpdates == 0 : e.o.targetTau > 0;
  size_t first, last;
  slice(e, e.critic.size, thread, first, last);
  const AdamStep step = adamStep(e.o, e.o.criticLearningRate, e.o.criticWeightDecay, e.updates + 1);
  for (int c = 0; c < e.o.criticCount; c++) {
    adam(step, e.critics[c], e.work[0].criticGradient[c], first, last);
    if (moves) softUpdate(e, e.targets[c].p, e.critics[c].p, first, last, copy);
  }
  if (!moves || e.o.criticTarget != CriticTarget::actionValue) return;
  slice(e, e.sampler.size, thread, first, last);
  softUpdate(e, e.targetSampler.p, e.samplerBlock.p, first, last, copy);
}

static void samplerCommitPhase(void* context, int thread) {
  Core& e = static_cast<UpdateContext*>(context)->e;
  size_t first, last;
  slice(e, e.sampler.size, thread, first, last);
  const AdamStep step = adamStep(e.o, e.o.samplerLearningRate, e.o.samplerWeightDecay, e.samplerUpdates + 1);
  adam(step, e.samplerBlock, e.work[0].samplerGradient, first, last);
}

static void criticTransposePhase(void* context, int thread) {
  Core& e = static_cast<UpdateContext*>(context)->e;
  for (int c = thread; c < e.o.criticCount; c += e.o.threads) transpose(e.critic, e.critics[c]);
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

static double alphaOf(const Core& e, const Settings& settings) {
  if (!__builtin_isnan(settings.alpha)) return settings.alpha;
  const double alpha = __builtin_exp(double(e.logAlpha));
  if (e.o.temperature == Temperature::fixed) return alpha;
  return alpha < settings.alphaMin ? settings.alphaMin : alpha > settings.alphaMax ? settings.alphaMax : alpha;
}

static bool updateCritic(Core& e, const BatchView& batch, const NoiseView& noise, const Settings& settings, CriticInfo& info) {
  const Options& o = e.o;
  const double alpha = alphaOf(e, settings);
  info = CriticInfo{};
  info.alpha = alpha;
  const size_t rows = size_t(o.batchSize);
  if (!allFinite(batch.observations, rows * o.observationSize) || !allFinite(batch.nextObservations, rows * o.observationSize) ||
      !allFinite(batch.actions, rows * o.actionSize) || !allFinite(batch.rewards, rows) || !allFinite(batch.terminated, rows))
    return false;
  UpdateContext t{e, batch, noise, alpha, o.rewardScale * settings.rewardFactor};
  e.pool->run(criticGradientPhase, &t);
  e.pool->run(criticNormPhase, &t);
  CriticInfo got{};
  got.qLoss = total(e, &Workspace::loss) / o.batchSize;
  got.qMean = total(e, &Workspace::qSum) / o.batchSize / o.criticCount;
  got.targetMean = total(e, &Workspace::targetSum) / o.batchSize;
  got.softValueMean = total(e, &Workspace::valueSum) / o.batchSize;
  got.alpha = alpha;
  got.criticGradientNorm = __builtin_sqrt(total(e, &Workspace::criticSquares));
  const double everything = got.qLoss + got.qMean + got.targetMean + got.softValueMean + got.criticGradientNorm + alpha;
  if (!__builtin_isfinite(everything)) return false;
  got.finite = 1;
  info = got;
  e.pool->run(criticCommitPhase, &t);
  e.pool->run(criticTransposePhase, &t);
  e.updates++;
  return true;
}

/** log alpha + rate clip(H_target - H, +-2), within the bounds. */
static void moveLogAlpha(Core& e, double entropy, const Settings& settings) {
  const double error = e.o.targetEntropyPerDimension * e.o.actionSize - entropy;
  const double low = __builtin_log(settings.alphaMin), high = __builtin_log(settings.alphaMax);
  const double moved = e.logAlpha + e.o.alphaLearningRate * (error > 2 ? 2 : error < -2 ? -2 : error);
  e.logAlpha = float(moved < low ? low : moved > high ? high : moved);
}

static bool updateSampler(Core& e, const BatchView& batch, const NoiseView& noise, const Settings& settings, SamplerInfo& info) {
  const Options& o = e.o;
  const double alpha = alphaOf(e, settings);
  info = SamplerInfo{};
  info.alpha = alpha;
  if (!allFinite(batch.observations, size_t(o.batchSize) * o.observationSize)) return false;
  UpdateContext t{e, batch, noise, alpha, 1};
  e.pool->run(samplerGradientPhase, &t);
  e.pool->run(samplerNormPhase, &t);
  SamplerInfo got{};
  if (hasDensity(o)) {
    const int states = entropyStates(o);
    const double mean = total(e, &Workspace::logDeterminantSum) / states;
    const double variance = total(e, &Workspace::logDeterminantSquares) / states - mean * mean;
    got.entropy = o.actionSize * kNormalEntropy + mean + total(e, &Workspace::logSlopeSum) / states;
    got.logDeterminantSpread = variance < 0 ? 0 : __builtin_sqrt(variance);
  }
  got.alpha = alpha;
  got.phiNorm = total(e, &Workspace::phiSum) / (double(o.batchSize) * o.updatedParticles);
  got.samplerGradientNorm = __builtin_sqrt(total(e, &Workspace::samplerSquares));
  if (!__builtin_isfinite(got.entropy + got.logDeterminantSpread + got.phiNorm + got.samplerGradientNorm + alpha)) return false;
  got.finite = 1;
  info = got;
  e.pool->run(samplerCommitPhase, &t);
  transpose(e.sampler, e.samplerBlock);
  e.samplerUpdates++;
  if (o.temperature == Temperature::automatic) moveLogAlpha(e, got.entropy, settings);
  return true;
}

}  // namespace SOFTQD_NS
}  // namespace softqd
