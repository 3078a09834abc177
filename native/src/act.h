// One observation through the sampler, called by the control loop at every tick. Nothing is allocated.
#pragma once
#include "network.h"

namespace softqd {
namespace SOFTQD_NS {

static void actCore(PolicyCore& p, int draws) {
  const int o = p.observationSize, d = p.actionSize;
  observationProduct(p.sampler, p.sampler_, p.observation, o, 1, p.state);
  forward(p.sampler, p.sampler_, p.state, o, p.latents, p.latentSize, 1, draws, p.samplerTrace, p.u);
  addSkip(p.latentSkip, p.latents, draws * d, p.u);
  for (int i = 0; i < draws * d; i += Vec::lanes) Vec::storeu(p.u + i, vtanh(Vec::loadu(p.u + i)));
  int best = 0;
  if (draws > 1) {
    for (int c = 0; c < p.criticCount; c++) {
      observationProduct(p.critic, p.critics_[c], p.observation, o, 1, p.state);
      forward(p.critic, p.critics_[c], p.state, o, p.u, d, 1, draws, p.criticTrace, p.q[c]);
    }
    for (int r = 0; r < draws; r++) {
      for (int c = 1; c < p.criticCount; c++)
        if (p.q[c][r] < p.q[0][r]) p.q[0][r] = p.q[c][r];
      if (p.q[0][r] > p.q[0][best]) best = r;
    }
  }
  for (int k = 0; k < d; k++) p.action[k] = p.u[best * d + k];
}

}  // namespace SOFTQD_NS
}  // namespace softqd
