// Options for the kernel tests; the sets cover every branch of the kernels.
#pragma once
#include <vector>

#include "../src/options.h"

namespace softqd {

inline Options baseOptions() {
  Options o{};
  o.observationSize = 5;
  o.actionSize = 3;
  o.hiddenCount = 2;
  o.hiddenUnits[0] = 20;
  o.hiddenUnits[1] = 17;
  o.criticCount = 2;
  o.criticLayerNorm = true;
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
  o.discount = 0.97;
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
  o.criticLayerNorm = false;
  o.temperature = Temperature::fixed;
  o.kernelFactor = KernelFactor::log;
  all.push_back(o);
  o = baseOptions();
  o.proposal = Proposal::sampler;
  o.importanceExponent = 0;
  o.svgdSpace = SvgdSpace::action;
  o.kernelDistances = KernelDistances::fixed;
  o.kernelFactor = KernelFactor::twoLogPlusOne;
  o.hiddenCount = 3;
  o.hiddenUnits[2] = 40;
  o.targetCopyUpdates = 3;
  o.targetTau = 0;
  all.push_back(o);
  o = baseOptions();
  o.criticTarget = CriticTarget::actionValue;
  o.latent = Latent::zero;
  o.fixedParticles = o.updatedParticles = o.valueSamples = 1;
  o.svgdSpace = SvgdSpace::action;
  o.repulsion = false;
  o.hiddenCount = 1;
  all.push_back(o);
  o = baseOptions();  // more particles than a block has rows, wider than any tile
  o.fixedParticles = 100;
  o.updatedParticles = 130;
  o.valueSamples = 97;
  o.batchSize = 4;
  o.hiddenUnits[0] = 130;
  o.importanceExponent = 0.3f;
  all.push_back(o);
  return all;
}

}  // namespace softqd
