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

/** The arrays of a forward pass of `rows` rows through this network. */
inline void planTrace(Arena& arena, const NetLayout& net, size_t rows, Trace& t) {
  for (int l = 0; l < net.layers; l++) {
    const LayerLayout& y = net.layer[l];
    if (y.preNorm) {
      t.n[l] = arena.take(rows * leading(y.in));
      t.preMean[l] = arena.take(rows);
      t.preRstd[l] = arena.take(rows);
    }
    if (y.norm) {
      t.z[l] = arena.take(rows * y.ld);
      t.mean[l] = arena.take(rows);
      t.rstd[l] = arena.take(rows);
    }
    if (!y.outMajor) t.h[l] = arena.take(rows * y.ld);
  }
}

inline void planWorkspace(Arena& arena, const Core& e, Workspace& w) {
  const Options& o = e.o;
  const int d = o.actionSize, rows = e.rowsCap, ld = e.ldMax;
  w.state = arena.take(size_t(e.statesCap) * ld);
  w.stateGradient = arena.take(size_t(e.statesCap) * ld);
  planTrace(arena, e.sampler, rows, w.samplerTrace);
  for (int c = 0; c < o.criticCount; c++) {
    planTrace(arena, e.critic, rows, w.criticTrace[c]);
    w.q[c] = arena.take(rows);
    w.index[c] = reinterpret_cast<int*>(arena.take(rows));
    w.criticGradient[c] = arena.take(e.critic.size);
  }
  for (float*& dz : w.dz) dz = arena.take(size_t(rows) * ld);
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

/** The networks, buffers and traces of an acting policy; where observation, latents and action are is the caller's. */
inline void planPolicy(Arena& arena, PolicyCore& p) {
  const size_t rows = size_t(p.maxDraws);
  p.sampler_ = arena.take(p.sampler.size);
  for (int c = 0; c < p.criticCount; c++) p.critics_[c] = arena.take(p.critic.size);
  p.state = arena.take(std::max(p.critic.widest(), p.sampler.widest()));
  p.u = arena.take(rows * p.actionSize);
  for (int c = 0; c < p.criticCount; c++) p.q[c] = arena.take(rows);
  planTrace(arena, p.sampler, rows, p.samplerTrace);
  planTrace(arena, p.critic, rows, p.criticTrace);
}

inline void sizePolicy(PolicyCore& p, const Options& o, int maxDraws) {
  p.maxDraws = maxDraws;
  p.observationSize = o.observationSize;
  p.actionSize = o.actionSize;
  p.latentSize = o.latentSize;
  p.latentSkip = o.latentSkip;
  p.criticCount = o.criticCount;
  p.critic = criticLayout(o);
  p.sampler = samplerLayout(o);
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
  e.zeros = arena.take(size_t(e.rowsCap) * o.latentSize);
}

/** Sizes of the blocks, from the options. */
inline void sizeCore(Core& e) {
  const Options& o = e.o;
  e.critic = criticLayout(o);
  e.sampler = samplerLayout(o);
  e.ldMax = std::max(e.critic.widest(), e.sampler.widest());
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
