// The kernels without Node: self-test, whole updates that repeat to the bit, threads, acting; and that neither allocates. For
// cross-built machines (qemu-user) and sanitizers. Exit code 0 and one line for each instruction set, or what is wrong.
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <vector>
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
#include <malloc.h>
#define SOFTQD_HAS_MALLINFO
#endif

#include "../src/isa.h"
#include "../src/memory.h"
#include "../src/thread-pool.h"
#include "../src/tensors.h"

using namespace softqd;

/** Every allocation of this program through C++, counted. */
static std::atomic<size_t> allocations{0};

void* operator new(size_t bytes) {
  allocations++;
  if (void* at = std::malloc(bytes ? bytes : 1)) return at;
  throw std::bad_alloc();
}
void operator delete(void* at) noexcept { std::free(at); }
void operator delete(void* at, size_t) noexcept { std::free(at); }

namespace {

/** Bytes that malloc has given out and not got back; 0 where the C library does not tell. */
size_t heapBytes() {
#ifdef SOFTQD_HAS_MALLINFO
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
#else
  return 0;
#endif
}

struct Random {
  uint32_t s = 1;
  float next() {
    s = s * 1664525u + 1013904223u;
    return float(s >> 8) / 8388608.0f - 1.0f;
  }
};

Options baseOptions() {
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
  o.svgdSpace = Space::u;
  o.distances = Distances::cross;
  o.factor = Factor::logPlusOne;
  o.repulsion = true;
  o.targetTau = 0.01f;
  o.automatic = true;
  o.alphaLearningRate = 3e-3;
  o.targetEntropy = -3;
  o.criticLearningRate = o.samplerLearningRate = 1e-3;
  o.adamBeta1 = 0.9;
  o.adamBeta2 = 0.999;
  o.adamEpsilon = 1e-8;
  o.discount = 0.97;
  o.rewardScale = 1;
  o.threads = 1;
  return o;
}

/** Option sets that between them walk every branch. */
std::vector<Options> optionSets() {
  std::vector<Options> all;
  Options o = baseOptions();
  all.push_back(o);
  o.threads = 3;
  all.push_back(o);
  o = baseOptions();
  o.proposal = Proposal::uniform;
  o.svgdSpace = Space::actionReleased;
  o.criticCount = 1;
  o.criticLayerNorm = false;
  o.automatic = false;
  o.factor = Factor::log;
  all.push_back(o);
  o = baseOptions();
  o.proposal = Proposal::sampler;
  o.importanceExponent = 0;
  o.svgdSpace = Space::action;
  o.distances = Distances::fixed;
  o.factor = Factor::twoLogPlusOne;
  o.hiddenCount = 3;
  o.hiddenUnits[2] = 40;
  o.targetCopyUpdates = 3;
  o.targetTau = 0;
  all.push_back(o);
  o = baseOptions();
  o.actionValue = o.zeroLatent = true;
  o.fixedParticles = o.updatedParticles = o.valueSamples = 1;
  o.svgdSpace = Space::action;
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

struct Engine {
  Core core;
  Arena arena;
  std::vector<Workspace> works;
  std::unique_ptr<ThreadPool> team;
  const Kernels* kernels;

  Engine(const Kernels* k, const Options& o) : kernels(k) {
    core.o = o;
    sizeCore(core);
    works.resize(size_t(o.threads));
    arena.build([&] { planCore(arena, core, works); });
    core.work = works.data();
    if (o.threads > 1) team = std::make_unique<MultiThread>(o.threads);
    else team = std::make_unique<SingleThread>();
    core.team = team.get();
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

std::vector<float> numbers(Random& random, size_t n) {
  std::vector<float> out(n);
  for (float& x : out) x = random.next();
  return out;
}

/** State after some updates with chance drawn by the kernels; empty when something was not finite. */
std::vector<float> train(const Kernels* kernels, const Options& o, int updates) {
  Engine engine(kernels, o);
  Random random;
  const size_t b = size_t(o.batchSize), d = size_t(o.actionSize), n = b * size_t(o.valueSamples);
  // Arrays of exactly their size, so that a sanitizer sees every step beyond.
  std::vector<float> observations = numbers(random, b * size_t(o.observationSize)), next = numbers(random, b * size_t(o.observationSize));
  std::vector<float> actions = numbers(random, b * d), rewards = numbers(random, b), terminated(b, 0.0f);
  const NoiseUse use = noiseUse(o);
  std::vector<float> latents(use.latents ? n * d : 0), jitter(use.jitter ? n * d : 0), uniform(use.uniform ? n * d : 0), choice(use.choice ? n : 0);
  std::vector<float> fixed(b * size_t(o.fixedParticles) * d), updated(b * size_t(o.updatedParticles) * d);
  const NoiseView noise{latents.data(), jitter.data(), uniform.data(), choice.data(), fixed.data(), updated.data()};
  for (int i = 0; i < updates; i++) {
    kernels->noise(o, noise, 7, uint32_t(i));
    Info info{};
    const BatchView batch{observations.data(), actions.data(), rewards.data(), next.data(), terminated.data()};
    if (!kernels->update(engine.core, batch, noise, {1e-3, 5, NAN}, info)) return {};
  }
  // A broken batch changes nothing.
  const std::vector<float> before = engine.state();
  rewards[b - 1] = INFINITY;
  Info info{};
  const BatchView broken{observations.data(), actions.data(), rewards.data(), next.data(), terminated.data()};
  if (kernels->update(engine.core, broken, noise, {1e-3, 5, NAN}, info)) return {};
  if (engine.state() != before) return {};
  return before;
}

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
    for (int l = 0; l < o.hiddenCount; l++) ld = most(ld, leading(o.hiddenUnits[l]));
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

/** What 100,000 acts of one and of ten draws, and some gradient steps, take from the heap; null or what is wrong. */
const char* checkAllocations(const Kernels* kernels) {
  const Options o = baseOptions();
  Acting acting(o, 10);
  size_t before = allocations, bytes = heapBytes();
  for (int i = 0; i < 50000; i++) {
    kernels->act(acting.p, 1);
    kernels->act(acting.p, 10);
  }
  if (allocations != before || heapBytes() != bytes) return "act allocates";
  for (int k = 0; k < o.actionSize; k++)
    if (!(std::fabs(acting.p.action[k]) <= 1)) return "act gives no action";

  Engine engine(kernels, o);
  const size_t b = size_t(o.batchSize), d = size_t(o.actionSize), n = b * size_t(o.valueSamples);
  Random random;
  std::vector<float> observations = numbers(random, b * size_t(o.observationSize)), actions = numbers(random, b * d);
  std::vector<float> rewards = numbers(random, b), terminated(b, 0.0f), latents(n * d), jitter(n * d), uniform(n * d), choice(n);
  std::vector<float> fixed(b * size_t(o.fixedParticles) * d), updated(b * size_t(o.updatedParticles) * d);
  const NoiseView noise{latents.data(), jitter.data(), uniform.data(), choice.data(), fixed.data(), updated.data()};
  const BatchView batch{observations.data(), actions.data(), rewards.data(), observations.data(), terminated.data()};
  for (int i = 0; i < 20; i++) {
    if (i == 1) before = allocations, bytes = heapBytes();
    kernels->noise(o, noise, 7, uint32_t(i));
    Info info{};
    if (!kernels->update(engine.core, batch, noise, {1e-3, 5, NAN}, info)) return "a gradient step is not finite";
  }
  return allocations != before || heapBytes() != bytes ? "a gradient step allocates after the first" : nullptr;
}

bool check(const Kernels* kernels) {
  Arena scratch;
  float* memory = nullptr;
  scratch.build([&] { memory = scratch.take(4 * 256 * 400); });
  if (const char* wrong = kernels->selfTest(memory)) {
    std::printf("%s: self-test: %s\n", kernels->name, wrong);
    return false;
  }
  if (const char* wrong = checkAllocations(kernels)) {
    std::printf("%s: %s\n", kernels->name, wrong);
    return false;
  }
  const Kernels* reference = chooseKernels("portable");
  int number = 0;
  for (const Options& o : optionSets()) {
    const std::vector<float> got = train(kernels, o, 5), again = train(kernels, o, 5), want = train(reference, o, 5);
    if (got.empty() || got != again) {
      std::printf("%s: option set %d does not repeat or is not finite\n", kernels->name, number);
      return false;
    }
    double off = 0;
    for (size_t i = 0; i < got.size(); i++) off += std::fabs(double(got[i]) - want[i]);
    if (got.size() != want.size() || off / double(got.size()) > 1e-3) {
      std::printf("%s: option set %d differs from plain code by %g\n", kernels->name, number, off / double(got.size()));
      return false;
    }
    number++;
  }
  std::printf("%s: %d lanes, %d option sets\n", kernels->name, kernels->lanes, number);
  return true;
}

}  // namespace

int main() {
  bool good = true;
  for (const char* name : {"avx512", "avx2", "neon", "portable"})
    if (const Kernels* kernels = chooseKernels(name)) good = check(kernels) && good;
  return good ? 0 : 1;
}
