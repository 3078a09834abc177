// An engine and an acting policy with seeded parameters, without Node.
#pragma once
#include <memory>
#include <vector>

#include "../src/memory.h"
#include "../src/tensors.h"
#include "../src/thread-pool.h"

namespace softqd {

struct Random {
  uint32_t s = 1;
  float next() {
    s = s * 1664525u + 1013904223u;
    return float(s >> 8) / 8388608.0f - 1.0f;
  }
};

inline std::vector<float> numbers(Random& random, size_t n) {
  std::vector<float> out(n);
  for (float& x : out) x = random.next();
  return out;
}

struct Engine {
  Core core;
  Arena arena;
  std::vector<Workspace> works;
  std::unique_ptr<ThreadPool> pool;
  const Kernels* kernels;

  Engine(const Kernels* k, const Options& o) : kernels(k) {
    core.o = o;
    sizeCore(core);
    works.resize(size_t(o.threads));
    arena.build([&] { planCore(arena, core, works); });
    core.work = works.data();
    if (o.threads > 1) pool = std::make_unique<MultiThread>(o.threads);
    else pool = std::make_unique<SingleThread>();
    core.pool = pool.get();
    Random random;
    for (const TensorView& v : stateTensors(core)) {
      std::vector<float> values(v.size());
      const bool moment = v.name.rfind("adam.", 0) == 0;
      for (float& x : values) x = moment ? 0 : 0.4f * random.next();
      v.write(values.data());
    }
    core.logAlpha = -1;
    kernels->refresh(core);
  }

  std::vector<float> state() const {
    std::vector<float> all;
    for (const TensorView& v : stateTensors(core)) {
      const size_t at = all.size();
      all.resize(at + v.size());
      v.read(all.data() + at);
    }
    all.push_back(core.logAlpha);
    return all;
  }
};

/** A policy's acting kernel with memory as the binding gives it (src/policy-binding.h). */
struct Acting {
  PolicyCore p;
  Arena arena;

  explicit Acting(const Options& o, int draws) {
    p.maxDraws = draws;
    p.observationSize = o.observationSize;
    p.actionSize = o.actionSize;
    p.criticCount = o.criticCount;
    p.critic = makeLayout(o, 1, o.criticLayerNorm);
    p.sampler = makeLayout(o, o.actionSize, false);
    arena.build([&] { plan(o); });
    Random random;
    for (float* net : {p.sampler_, p.critics_[0], p.critics_[1]})
      if (net)
        for (size_t i = 0; i < (net == p.sampler_ ? p.sampler : p.critic).size; i++) net[i] = 0.3f * random.next();
    for (int i = 0; i < o.observationSize; i++) p.observation[i] = random.next();
    for (int i = 0; i < draws * o.actionSize; i++) p.latents[i] = random.next();
  }

  void plan(const Options& o) {
    const size_t rows = size_t(p.maxDraws);
    p.sampler_ = arena.take(p.sampler.size);
    for (int c = 0; c < o.criticCount; c++) p.critics_[c] = arena.take(p.critic.size);
    int ld = 0;
    for (int l = 0; l < o.hiddenCount; l++) ld = std::max(ld, leading(o.hiddenUnits[l]));
    p.observation = arena.take(size_t(o.observationSize));
    p.latents = arena.take(rows * o.actionSize);
    p.action = arena.take(size_t(o.actionSize));
    p.state = arena.take(ld);
    p.u = arena.take(rows * o.actionSize);
    for (float*& q : p.q) q = arena.take(rows);
    for (int l = 0; l < o.hiddenCount; l++) {
      p.z[l] = arena.take(rows * ld);
      p.h[l] = arena.take(rows * ld);
      p.means[l] = arena.take(rows);
      p.rstds[l] = arena.take(rows);
    }
  }
};

}  // namespace softqd
