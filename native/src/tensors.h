// The state of the engine as named tensors, with the names of PolicySnapshot and EngineState.
#pragma once
#include <string>
#include <vector>

#include "core.h"

namespace softqd {

/** Plain [rows][columns] outside; inside rows are `rowStep` apart and columns `columnStep`. */
struct TensorView {
  std::string name;
  int rows, columns;  // columns 0: a vector of `rows`
  float* at;
  long rowStep, columnStep;

  size_t size() const { return size_t(rows) * (columns ? columns : 1); }
  void read(float* out) const {
    const int n = columns ? columns : 1;
    for (int r = 0; r < rows; r++)
      for (int c = 0; c < n; c++) out[size_t(r) * n + c] = at[r * rowStep + c * columnStep];
  }
  void write(const float* in) const {
    const int n = columns ? columns : 1;
    for (int r = 0; r < rows; r++)
      for (int c = 0; c < n; c++) at[r * rowStep + c * columnStep] = in[size_t(r) * n + c];
  }
};

inline void networkTensors(std::vector<TensorView>& out, const std::string& prefix, const NetLayout& net, float* p) {
  for (int l = 0; l < net.layers; l++) {
    const LayerLayout& y = net.layer[l];
    const std::string name = prefix + "." + std::to_string(y.index) + ".";
    const std::string map = name + (y.role == Role::expand ? "expand." : y.role == Role::project ? "project." : "");
    if (y.preNorm) {
      const std::string norm = prefix + "." + std::to_string(y.preIndex) + ".norm.";
      out.push_back({norm + "scale", y.in, 0, p + y.preScale, 1, 0});
      out.push_back({norm + "shift", y.in, 0, p + y.preShift, 1, 0});
    }
    if (y.outMajor) out.push_back({map + "weight", y.in, y.out, p + y.weight, 1, y.ld});
    else out.push_back({map + "weight", y.in, y.out, p + y.weight, y.ld, 1});
    out.push_back({map + "bias", y.out, 0, p + y.bias, 1, 0});
    if (y.norm) {
      out.push_back({name + "norm.scale", y.out, 0, p + y.scale, 1, 0});
      out.push_back({name + "norm.shift", y.out, 0, p + y.shift, 1, 0});
    }
  }
}

/** All tensors except log_alpha and the update count. */
inline std::vector<TensorView> stateTensors(const Core& e) {
  std::vector<TensorView> out;
  auto learner = [&](const std::string& name, const NetLayout& net, const Block& b) {
    networkTensors(out, name, net, b.p);
    networkTensors(out, "adam.m." + name, net, b.m);
    networkTensors(out, "adam.v." + name, net, b.v);
  };
  learner("sampler", e.sampler, e.samplerBlock);
  if (e.o.criticTarget == CriticTarget::actionValue) networkTensors(out, "target_sampler", e.sampler, e.targetSampler.p);
  for (int c = 0; c < e.o.criticCount; c++) {
    learner("critic" + std::to_string(c), e.critic, e.critics[c]);
    networkTensors(out, "target_critic" + std::to_string(c), e.critic, e.targets[c].p);
  }
  return out;
}

}  // namespace softqd
