// The options of the engine: one line per option. A line declares the field and how engine-options.h reads it, so a new
// option is added here, in src/engine/options/settings.ts and where the kernels use it.
#pragma once

namespace softqd {

constexpr int kMaxLayers = 8;                // of a network as the configuration lists them
constexpr int kMaxUnits = 2 * kMaxLayers + 1;  // linear maps: two of a residual block, and the output
constexpr int kMaxCritics = 5;

enum class LayerKind { dense, residual, layerNorm };
/** One entry of a network's list of layers. */
struct LayerSpec {
  LayerKind kind;
  int width;   // dense
  int expand;  // residual
  bool layerNorm, relu;  // dense
};
struct NetSpec {
  int count;
  LayerSpec layer[kMaxLayers];
};

enum class Proposal { uniform, sampler, mixture };
enum class SvgdSpace { preTanh, action, actionReleased };
enum class KernelDistances { fixed, cross };
enum class KernelFactor { twoLogPlusOne, log, logPlusOne };
enum class Latent { normal, zero };
enum class CriticTarget { softValue, actionValue };
enum class Temperature { fixed, automatic };

/**
 * COUNT(name, min, max): an integer. FLOAT and DOUBLE(name, min, max): a number. FLAG(name): true or false.
 * CHOICE(name, type): a text; engine-options.h has the texts of each type.
 */
#define SOFTQD_OPTIONS(COUNT, FLOAT, DOUBLE, FLAG, CHOICE) \
  COUNT(batchSize, 1, 1 << 20)                             \
  COUNT(fixedParticles, 1, 4096)                           \
  COUNT(updatedParticles, 1, 4096)                         \
  FLAG(sharedParticles)                                    \
  COUNT(valueSamples, 1, 4096)                             \
  CHOICE(proposal, Proposal)                               \
  FLOAT(proposalUniformFraction, 0, 1)                     \
  FLOAT(proposalSigma, 1e-9, 1e9)                          \
  FLOAT(importanceExponent, 0, 1e9)                        \
  CHOICE(svgdSpace, SvgdSpace)                             \
  CHOICE(kernelDistances, KernelDistances)                 \
  CHOICE(kernelFactor, KernelFactor)                       \
  FLAG(repulsion)                                          \
  CHOICE(latent, Latent)                                   \
  CHOICE(criticTarget, CriticTarget)                       \
  FLOAT(targetTau, 0, 1)                                   \
  COUNT(targetCopyUpdates, 0, 1 << 30)                     \
  CHOICE(temperature, Temperature)                         \
  DOUBLE(alphaLearningRate, 0, 1e9)                        \
  DOUBLE(targetEntropyPerDimension, -1e9, 1e9)             \
  DOUBLE(criticLearningRate, 0, 1e9)                       \
  DOUBLE(samplerLearningRate, 0, 1e9)                      \
  DOUBLE(criticWeightDecay, 0, 1)                          \
  DOUBLE(samplerWeightDecay, 0, 1)                         \
  DOUBLE(adamBeta1, 0, 1)                                  \
  DOUBLE(adamBeta2, 0, 1)                                  \
  DOUBLE(adamEpsilon, 1e-12, 1e9)                          \
  DOUBLE(rewardScale, 0, 1e12)                             \
  COUNT(threads, 1, 64)

struct Options {
  int observationSize, actionSize, latentSize, criticCount;
  NetSpec samplerLayers, criticLayers;
  float latentSkip;
#define SOFTQD_COUNT(name, min, max) int name;
#define SOFTQD_FLOAT(name, min, max) float name;
#define SOFTQD_DOUBLE(name, min, max) double name;
#define SOFTQD_FLAG(name) bool name;
#define SOFTQD_CHOICE(name, type) type name;
  SOFTQD_OPTIONS(SOFTQD_COUNT, SOFTQD_FLOAT, SOFTQD_DOUBLE, SOFTQD_FLAG, SOFTQD_CHOICE)
#undef SOFTQD_COUNT
#undef SOFTQD_FLOAT
#undef SOFTQD_DOUBLE
#undef SOFTQD_FLAG
#undef SOFTQD_CHOICE
};

}  // namespace softqd
