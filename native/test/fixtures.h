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
    sizePolicy(p, o, draws);
    arena.build([&] { plan(o); });
    Random random;
    for (size_t i = 0; i < p.sampler.size; i++) p.sampler_[i] = 0.3f * random.next();
    for (int c = 0; c < o.criticCount; c++)
      for (size_t i = 0; i < p.critic.size; i++) p.critics_[c][i] = 0.3f * random.next();
    for (int i = 0; i < o.observationSize; i++) p.observation[i] = random.next();
    for (int i = 0; i < draws * o.latentSize; i++) p.latents[i] = random.next();
  }

  void plan(const Options& o) {
    planPolicy(arena, p);
    p.observation = arena.take(size_t(o.observationSize));
    p.latents = arena.take(size_t(p.maxDraws) * o.latentSize);
    p.action = arena.take(size_t(o.actionSize));
  }
};

}  // namespace softqd
