// Memory of an engine or a policy: one aligned mapping, sized by a first pass and assigned by a second.
#pragma once
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <vector>

#include "core.h"

namespace softqd {

class Arena {
 public:
  ~Arena() {
    if (base_) munmap(base_, bytes_);
  }
  /** Calls `plan` twice: to count, then to assign. All memory is initially 0. */
  template <class Plan>
  void build(Plan plan) {
    plan();
    bytes_ = (used_ * 4 + (size_t(2) << 20) - 1) >> 21 << 21;
    void* at = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) throw std::bad_alloc();
    madvise(at, bytes_, MADV_HUGEPAGE);
    base_ = static_cast<float*>(at);
    used_ = 0;
    plan();
  }
  /** Floats aligned to a cache line, with a spare cache line at the end. */
  float* take(size_t floats) {
    float* at = base_ ? base_ + used_ : nullptr;
    used_ += (floats + 2 * kLine - 1) / kLine * kLine;
    // An odd number of lines between arrays keeps them off each other's cache sets.
    if (used_ / kLine % 2 == 0) used_ += kLine;
    return at;
  }
  size_t bytes() const { return bytes_; }

 private:
  float* base_ = nullptr;
  size_t used_ = 0, bytes_ = 0;
};

inline void planBlock(Arena& arena, const NetLayout& net, Block& b, bool learns) {
  b.p = arena.take(net.size);
  if (learns) {
    b.m = arena.take(net.size);
    b.v = arena.take(net.size);
    size_t at = 0;
    for (int l = 1; l < net.hidden(); l++) {
      b.transposedAt[l] = at;
      at += size_t(net.layer[l].out) * net.layer[l - 1].ld;
    }
    b.transposed = arena.take(at + kLine);
  }
}

inline void planWorkspace(Arena& arena, const Core& e, Workspace& w) {
  const Options& o = e.o;
  const int d = o.actionSize, rows = e.rowsCap, ld = e.ldMax;
  w.state = arena.take(size_t(e.statesCap) * ld);
  w.stateGradient = arena.take(size_t(e.statesCap) * ld);
  for (int c = 0; c < 2; c++) {
    for (int l = 0; l < o.hiddenCount; l++) {
      w.z[c][l] = o.criticLayerNorm ? arena.take(size_t(rows) * ld) : nullptr;
      w.h[c][l] = arena.take(size_t(rows) * ld);
      w.mean[c][l] = arena.take(rows);
      w.rstd[c][l] = arena.take(rows);
    }
    w.dz[c] = arena.take(size_t(rows) * ld);
    w.q[c] = arena.take(rows);
    w.index[c] = reinterpret_cast<int*>(arena.take(rows));
    w.criticGradient[c] = arena.take(e.critic.size);
  }
  w.samplerGradient = arena.take(e.sampler.size);
  for (float** p : {&w.latent, &w.u, &w.a, &w.uFixed, &w.aFixed, &w.actionGradient, &w.outGradient, &w.logOneMinus})
    *p = arena.take(size_t(rows) * d);
  w.logDensity = arena.take(rows);
  const int particles = std::max(std::max(o.fixedParticles, o.updatedParticles), o.valueSamples) + kLine;
  w.soaA = arena.take(size_t(d) * particles);
  w.soaB = arena.take(size_t(d) * particles);
  const size_t pairs = size_t(o.fixedParticles) * (o.updatedParticles + kLine) +
                       size_t(o.fixedParticles) * o.fixedParticles / 2 + kLine;
  const size_t density = size_t(o.valueSamples) * kLine;
  const size_t jacobian = size_t(d) * d;
  size_t scratch = pairs > density ? pairs : density;
  if (jacobian > scratch) scratch = jacobian;
  w.distances = arena.take(scratch);
  w.jacobian = reinterpret_cast<double*>(arena.take(2 * jacobian));
}

inline void planCore(Arena& arena, Core& e, std::vector<Workspace>& works) {
  const Options& o = e.o;
  for (int c = 0; c < o.criticCount; c++) {
    planBlock(arena, e.critic, e.critics[c], true);
    planBlock(arena, e.critic, e.targets[c], false);
  }
  planBlock(arena, e.sampler, e.samplerBlock, true);
  planBlock(arena, e.sampler, e.targetSampler, false);
  for (Workspace& w : works) planWorkspace(arena, e, w);
  e.y = arena.take(o.batchSize);
  e.zeros = arena.take(size_t(e.rowsCap) * o.actionSize);
}

/** Sizes of the blocks, from the options. */
inline void sizeCore(Core& e) {
  const Options& o = e.o;
  e.critic = makeLayout(o, 1, o.criticLayerNorm);
  e.sampler = makeLayout(o, o.actionSize, false);
  e.ldMax = 0;
  for (int l = 0; l < o.hiddenCount; l++) e.ldMax = std::max(e.ldMax, leading(o.hiddenUnits[l]));
  const int particles = std::max(o.fixedParticles, o.updatedParticles);
  e.rowsCap = o.actionSize;
  e.statesCap = 0;
  for (int per : {1, o.valueSamples, particles}) {
    const int states = e.statesPerBlock(per);
    e.statesCap = std::max(e.statesCap, states);
    e.rowsCap = std::max(e.rowsCap, states * per);
  }
}

}  // namespace softqd
