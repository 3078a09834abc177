// The data of an engine, the same for every instruction set: padded parameter blocks, views of the arguments.
#pragma once
#include <cstddef>

#include "options.h"

namespace softqd {

constexpr int kLine = 16;  // floats of a cache line: rows start on one

inline int roundUp(int n, int to) { return (n + to - 1) / to * to; }
/** Distance of rows for n columns: an odd number of complete cache lines. */
inline int leading(int n) {
  const int lines = roundUp(n, kLine) / kLine;
  return (lines % 2 ? lines : lines + 1) * kLine;
}

/** Which linear map of a layer a unit is; names its tensors. */
enum class Role { plain, expand, project };

/**
 * One linear map inside a parameter block (offsets in floats) with what belongs to it, in this order: LayerNorm of its input (`preNorm`),
 * the map, the input of the unit before added (`add`, of a residual block), LayerNorm (`norm`), ReLU.
 * Hidden: weight [in][ld]; output: weight [out][ld], ld of the inputs.
 */
struct LayerLayout {
  int in, out, ld;
  bool outMajor, preNorm, norm, relu, add;
  Role role;
  int index, preIndex;  // layers of the configuration that the tensors are named after
  size_t weight, bias, scale, shift, preScale, preShift;

  /** The gradient at the output passes ReLU alone, so a matrix product can apply it. */
  bool plainRelu() const { return relu && !norm; }
};

struct NetLayout {
  int layers = 0;  // units: hidden + 1
  LayerLayout layer[kMaxUnits];
  size_t size = 0;  // floats, a multiple of a cache line

  int hidden() const { return layers - 1; }
  const LayerLayout& output() const { return layer[layers - 1]; }
  int widest() const {
    int ld = 0;
    for (int l = 0; l < layers; l++) ld = layer[l].ld > ld ? layer[l].ld : ld;
    return ld;
  }
};

/** Adds units one after another and counts their parameters. */
struct LayoutBuilder {
  NetLayout net;
  size_t at = 0;
  int in = 0;
  bool normNext = false;
  int normIndex = 0;

  size_t take(size_t n) {
    const size_t from = at;
    at += n;
    return from;
  }
  void preNorm(int index) {
    normNext = true;
    normIndex = index;
  }
  LayerLayout& add(int out, bool outMajor, int index, Role role) {
    LayerLayout& y = net.layer[net.layers++];
    y = LayerLayout{};
    y.in = in;
    y.out = out;
    y.ld = leading(outMajor ? in : out);
    y.outMajor = outMajor;
    y.index = index;
    y.role = role;
    if (normNext) {
      y.preNorm = true;
      y.preIndex = normIndex;
      y.preScale = take(leading(in));
      y.preShift = take(leading(in));
      normNext = false;
    }
    y.weight = take(size_t(outMajor ? out : in) * y.ld);
    y.bias = take(outMajor ? roundUp(out, kLine) : y.ld);
    in = out;
    return y;
  }
};

inline NetLayout makeLayout(const NetSpec& spec, int inputs, int outputs) {
  LayoutBuilder b;
  b.in = inputs;
  for (int i = 0; i < spec.count; i++) {
    const LayerSpec& s = spec.layer[i];
    if (s.kind == LayerKind::dense) {
      LayerLayout& y = b.add(s.width, false, i, Role::plain);
      y.norm = s.layerNorm;
      y.relu = s.relu;
      if (y.norm) {
        y.scale = b.take(y.ld);
        y.shift = b.take(y.ld);
      }
    } else if (s.kind == LayerKind::residual) {
      const int width = b.in;
      b.preNorm(i);
      b.add(width * s.expand, false, i, Role::expand).relu = true;
      b.add(width, false, i, Role::project).add = true;
    } else {
      b.preNorm(i);
    }
  }
  b.add(outputs, true, spec.count, Role::plain);
  b.net.size = b.at;
  return b.net;
}
inline NetLayout criticLayout(const Options& o) { return makeLayout(o.criticLayers, o.observationSize + o.actionSize, 1); }
inline NetLayout samplerLayout(const Options& o) { return makeLayout(o.samplerLayers, o.observationSize + o.latentSize, o.actionSize); }

/** A batch, plain row-major; the sampler's update reads the observations only. */
struct BatchView {
  const float *observations, *actions, *rewards, *nextObservations, *terminated;
  const double* discounts;
};
/** Whether (33) has a meaning: as many latents as actions. */
inline bool hasDensity(const Options& o) { return o.latent != Latent::zero && o.latentSize == o.actionSize; }

/** States of a batch, from the first, at which the sampler's entropy is measured: all of them where the temperature follows it, else an eighth. */
inline int entropyStates(const Options& o) { return o.temperature == Temperature::automatic ? o.batchSize : (o.batchSize + 7) / 8; }

/** The random numbers of an update: the first four of the critics' (null: no such update follows), the last two of the sampler's. */
struct NoiseView {
  float *valueLatents, *valueJitter, *valueUniform, *valueChoice, *fixedLatents, *updatedLatents;
};
/** Which arrays of the noise these options read; the others are empty. */
struct NoiseUse {
  bool latents, jitter, uniform, choice;
};
inline NoiseUse noiseUse(const Options& o) {
  const bool soft = o.criticTarget != CriticTarget::actionValue, mixture = soft && o.proposal == Proposal::mixture;
  const bool mixed = mixture && o.proposalUniformFraction > 0;
  return {!soft || o.proposal != Proposal::uniform, mixture, mixed || (soft && o.proposal == Proposal::uniform), mixed};
}
struct Settings {
  double alphaMin, alphaMax, alpha;  // alpha: NaN = that of the engine
  double rewardFactor;               // of the reward normalizer
};
struct CriticInfo {
  double qLoss, qMean, targetMean, softValueMean, alpha, criticGradientNorm, finite;
};
struct SamplerInfo {
  double entropy, logDeterminantSpread, alpha, phiNorm, samplerGradientNorm, finite;
};

}  // namespace softqd
