// Options for the kernel tests; the sets cover every branch of the kernels.
#pragma once
#include <vector>

#include "../src/options.h"

namespace softqd {

inline LayerSpec dense(int width, bool layerNorm = false, bool relu = true) { return {LayerKind::dense, width, 0, layerNorm, relu}; }

inline NetSpec network(const std::vector<LayerSpec>& layers) {
  NetSpec net{};
  for (const LayerSpec& layer : layers) net.layer[net.count++] = layer;
  return net;
}

/** The same widths in both networks. */
inline void setWidths(Options& o, const std::vector<int>& widths, bool layerNorm) {
  std::vector<LayerSpec> sampler, critic;
  for (int width : widths) {
    sampler.push_back(dense(width));
    critic.push_back(dense(width, layerNorm));
  }
  o.samplerLayers = network(sampler);
  o.criticLayers = network(critic);
}

inline Options baseOptions() {
  Options o{};
  o.observationSize = 5;
  o.actionSize = 3;
  o.latentSize = 3;
  setWidths(o, {20, 17}, true);
  o.criticCount = 2;
  o.batchSize = 13;
  o.fixedParticles = 5;
  o.updatedParticles = 7;
  o.valueSamples = 6;
  o.proposal = Proposal::mixture;
  o.proposalUniformFraction = 0.25f;
  o.proposalSigma = 0.3f;
  o.importanceExponent = 1;
  o.svgdSpace = SvgdSpace::preTanh;
  o.kernelDistances = KernelDistances::cross;
  o.kernelFactor = KernelFactor::logPlusOne;
  o.repulsion = true;
  o.targetTau = 0.01f;
  o.temperature = Temperature::automatic;
  o.alphaLearningRate = 3e-3;
  o.targetEntropyPerDimension = -1;
  o.criticLearningRate = o.samplerLearningRate = 1e-3;
  o.adamBeta1 = 0.9;
  o.adamBeta2 = 0.999;
  o.adamEpsilon = 1e-8;
  o.rewardScale = 1;
  o.threads = 1;
  return o;
}

/** Together these sets cover every branch. */
inline std::vector<Options> optionSets() {
  std::vector<Options> all;
  Options o = baseOptions();
  all.push_back(o);
  o.threads = 3;
  all.push_back(o);
  o = baseOptions();
  o.proposal = Proposal::uniform;
  o.svgdSpace = SvgdSpace::actionReleased;
  o.criticCount = 1;
  setWidths(o, {20, 17}, false);
  o.latentSize = 5;
  o.temperature = Temperature::fixed;
  o.kernelFactor = KernelFactor::log;
  all.push_back(o);
  o = baseOptions();
  o.proposal = Proposal::sampler;
  o.importanceExponent = 0;
  o.svgdSpace = SvgdSpace::action;
  o.kernelDistances = KernelDistances::fixed;
  o.kernelFactor = KernelFactor::twoLogPlusOne;
  setWidths(o, {20, 17, 40}, true);
  o.criticWeightDecay = 0.1;
  o.targetCopyUpdates = 3;
  o.targetTau = 0;
  all.push_back(o);
  o = baseOptions();
  o.criticTarget = CriticTarget::actionValue;
  o.latent = Latent::zero;
  o.fixedParticles = o.updatedParticles = o.valueSamples = 1;
  o.svgdSpace = SvgdSpace::action;
  o.repulsion = false;
  setWidths(o, {20}, true);
  all.push_back(o);
  o = baseOptions();  // residual blocks, LayerNorm everywhere, five critics, a skip from the latent
  const LayerSpec block = {LayerKind::residual, 0, 4, false, false}, last = {LayerKind::layerNorm, 0, 0, false, false};
  o.criticLayers = network({dense(18, false, false), block, block, last});
  o.samplerLayers = network({dense(21, true), block, dense(10, true, false), dense(9)});
  o.criticCount = 5;
  o.latentSkip = 0.5f;
  o.samplerWeightDecay = 0.01;
  o.proposal = Proposal::sampler;
  all.push_back(o);
  o.sharedParticles = true;
  o.updatedParticles = o.fixedParticles;
  o.svgdSpace = SvgdSpace::action;
  all.push_back(o);
  o = baseOptions();  // more particles than a block has rows, wider than any tile
  o.fixedParticles = 100;
  o.updatedParticles = 130;
  o.valueSamples = 97;
  o.batchSize = 4;
  setWidths(o, {130, 17}, true);
  o.importanceExponent = 0.3f;
  all.push_back(o);
  return all;
}

}  // namespace softqd
