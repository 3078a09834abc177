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

/** One linear layer inside a parameter block (offsets in floats). Hidden: weight [in][ld]; output: weight [out][ld], ld of the inputs. */
struct LayerLayout {
  int in, out, ld;
  bool outMajor;
  size_t weight, bias, scale, shift;
};

struct NetLayout {
  int layers = 0;  // hidden + 1
  bool norm = false;
  LayerLayout layer[kMaxHidden + 1];
  size_t size = 0;  // floats, a multiple of a cache line

  int hidden() const { return layers - 1; }
  const LayerLayout& output() const { return layer[layers - 1]; }
};

inline NetLayout makeLayout(const Options& o, int outputs, bool norm) {
  NetLayout net;
  net.norm = norm;
  net.layers = o.hiddenCount + 1;
  int in = o.observationSize + o.actionSize;
  size_t at = 0;
  for (int l = 0; l < o.hiddenCount; l++) {
    LayerLayout& y = net.layer[l];
    y = {in, o.hiddenUnits[l], leading(o.hiddenUnits[l]), false, 0, 0, 0, 0};
    y.weight = at;
    at += size_t(in) * y.ld;
    y.bias = at;
    at += y.ld;
    if (norm) {
      y.scale = at;
      at += y.ld;
      y.shift = at;
      at += y.ld;
    }
    in = y.out;
  }
  LayerLayout& y = net.layer[o.hiddenCount];
  y = {in, outputs, leading(in), true, 0, 0, 0, 0};
  y.weight = at;
  at += size_t(outputs) * y.ld;
  y.bias = at;
  at += roundUp(outputs, kLine);
  net.size = at;
  return net;
}

/** A batch, plain row-major; the sampler's update reads the observations only. */
struct BatchView {
  const float *observations, *actions, *rewards, *nextObservations, *terminated;
};
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
};
struct CriticInfo {
  double qLoss, qMean, targetMean, softValueMean, alpha, criticGradientNorm, finite;
};
struct SamplerInfo {
  double entropy, logDeterminantSpread, alpha, phiNorm, samplerGradientNorm, finite;
};

}  // namespace softqd
