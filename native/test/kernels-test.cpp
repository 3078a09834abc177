// Tests the kernels without Node: self-test, bit-identical repeated updates, threads, acting, no allocation. For cross-built
// machines (qemu-user) and sanitizers. Prints one line for each instruction set; exit code 0, or 1 with the failure.
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
#include <malloc.h>
#define SOFTQD_HAS_MALLINFO
#endif

#include "../src/isa.h"
#include "fixtures.h"
#include "option-sets.h"

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

/** Bytes in use on the heap; 0 where the C library does not report it. */
size_t heapBytes() {
#ifdef SOFTQD_HAS_MALLINFO
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
#else
  return 0;
#endif
}

/** One update of the sampler and one of the critics; false when a value was not finite. */
bool step(const Kernels* kernels, Core& core, const BatchView& batch, const NoiseView& noise) {
  SamplerInfo sampler{};
  CriticInfo critic{};
  return kernels->updateSampler(core, batch, noise, {1e-3, 5, NAN, 1}, sampler) &&
         kernels->updateCritic(core, batch, noise, {1e-3, 5, NAN, 1}, critic);
}

/** State after some updates with noise of the kernels; empty when a value was not finite. */
std::vector<float> train(const Kernels* kernels, const Options& o, int updates) {
  Engine engine(kernels, o);
  Random random;
  const size_t b = size_t(o.batchSize), d = size_t(o.actionSize), n = b * size_t(o.valueSamples);
  // Arrays of exact size, so that a sanitizer detects every access beyond.
  std::vector<float> observations = numbers(random, b * size_t(o.observationSize)), next = numbers(random, b * size_t(o.observationSize));
  std::vector<float> actions = numbers(random, b * d), rewards = numbers(random, b), terminated(b, 0.0f);
  const std::vector<double> discounts(b, 0.97);
  const NoiseUse use = noiseUse(o);
  std::vector<float> latents(use.latents ? n * size_t(o.latentSize) : 0), jitter(use.jitter ? n * d : 0), uniform(use.uniform ? n * d : 0), choice(use.choice ? n : 0);
  std::vector<float> fixed(b * size_t(o.fixedParticles) * size_t(o.latentSize)), updated(b * size_t(o.updatedParticles) * size_t(o.latentSize));
  const NoiseView noise{latents.data(), jitter.data(), uniform.data(), choice.data(), fixed.data(), updated.data()};
  for (int i = 0; i < updates; i++) {
    kernels->noise(o, noise, 7, uint32_t(i));
    const BatchView batch{observations.data(), actions.data(), rewards.data(), next.data(), terminated.data(), discounts.data()};
    if (!step(kernels, engine.core, batch, noise)) return {};
  }
  // An invalid batch changes nothing.
  const std::vector<float> before = engine.state();
  rewards[b - 1] = INFINITY;
  CriticInfo info{};
  const BatchView broken{observations.data(), actions.data(), rewards.data(), next.data(), terminated.data(), discounts.data()};
  if (kernels->updateCritic(engine.core, broken, noise, {1e-3, 5, NAN, 1}, info)) return {};
  if (engine.state() != before) return {};
  return before;
}

/** Checks the heap use of 100,000 acts with one and with ten draws and some gradient steps; null or the failure. */
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
  const std::vector<double> discounts(b, 0.97);
  const NoiseView noise{latents.data(), jitter.data(), uniform.data(), choice.data(), fixed.data(), updated.data()};
  const BatchView batch{observations.data(), actions.data(), rewards.data(), observations.data(), terminated.data(), discounts.data()};
  for (int i = 0; i < 20; i++) {
    if (i == 1) before = allocations, bytes = heapBytes();
    kernels->noise(o, noise, 7, uint32_t(i));
    if (!step(kernels, engine.core, batch, noise)) return "a gradient step is not finite";
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
