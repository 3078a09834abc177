// The memory of the engine and its interface to the kernels of one instruction set. Plain pointers only: kernels are compiled with
// other flags than the rest and must not share inline library code with it.
#pragma once
#include <cstdint>

#include "layout.h"

namespace softqd {

/** Parameters and Adam's moments of one network. */
struct Block {
  float *p = nullptr, *m = nullptr, *v = nullptr;
  float* transposed = nullptr;  // hidden layers 1..: [out][leading(in)], at transposedAt[l]
  size_t transposedAt[kMaxUnits] = {};
};

/** What a forward pass stores for its backward pass, by unit: normalized input n, z before LayerNorm, output h; mean and 1/sigma per row. */
struct Trace {
  float *n[kMaxUnits], *preMean[kMaxUnits], *preRstd[kMaxUnits];
  float *z[kMaxUnits], *mean[kMaxUnits], *rstd[kMaxUnits];
  float* h[kMaxUnits];
};

/** The scratch memory of one thread for a block of states; sized once. */
struct Workspace {
  float* state;                     // [states][ld]: the observation's part of a first layer
  Trace samplerTrace, criticTrace[kMaxCritics];
  float *dz[3];                     // [rows][ld]
  float* stateGradient;             // [states][ld]
  float *q[kMaxCritics], *latent, *u, *a, *uFixed, *aFixed, *actionGradient, *outGradient, *logOneMinus, *logDensity;
  float *soaA, *soaB, *distances;   // per-state scratch of the pairwise parts
  double* jacobian;                 // d x d
  int* index[kMaxCritics];
  float *criticGradient[kMaxCritics], *samplerGradient;
  double loss, qSum, targetSum, valueSum, logSlopeSum, logDeterminantSum, logDeterminantSquares, phiSum, criticSquares, samplerSquares;
};

/** Runs fn(context, thread) on every thread and waits. */
struct ThreadPool {
  virtual void run(void (*fn)(void*, int), void* context) = 0;
  virtual ~ThreadPool() = default;
};

struct Core {
  Options o;
  NetLayout critic, sampler;
  Block critics[kMaxCritics], targets[kMaxCritics], samplerBlock, targetSampler;
  Workspace* work = nullptr;             // [threads]
  float* y = nullptr;               // [batch] targets
  float* zeros = nullptr;           // latents of `zero`
  int statesPerBlock(int per) const { return per >= kBlockRows ? 1 : kBlockRows / per; }
  int rowsCap = 0, statesCap = 0, ldMax = 0;
  ThreadPool* pool = nullptr;
  int64_t updates = 0, samplerUpdates = 0;
  float logAlpha = 0;                // float32 like every tensor, so that a checkpoint is exact

  static constexpr int kBlockRows = 96;
};

/** Weights of a policy for acting, in the engine's layout, and its buffers. */
struct PolicyCore {
  NetLayout critic, sampler;
  int observationSize = 0, actionSize = 0, latentSize = 0, criticCount = 0, maxDraws = 0;
  float latentSkip = 0;
  float* sampler_ = nullptr;
  float* critics_[kMaxCritics] = {};
  float *observation = nullptr, *latents = nullptr, *action = nullptr;       // in [o] (normalized), in [draws][latent], out [d]
  float *state = nullptr, *u = nullptr, *q[kMaxCritics] = {};
  Trace samplerTrace, criticTrace;
};

/** The kernels of one instruction set. */
struct Kernels {
  const char* name;
  int lanes;
  /** One update of critics and targets; false when a value was not finite, then nothing was changed. */
  bool (*updateCritic)(Core&, const BatchView&, const NoiseView&, const Settings&, CriticInfo&);
  /** One update of the sampler, then of the temperature; likewise. */
  bool (*updateSampler)(Core&, const BatchView&, const NoiseView&, const Settings&, SamplerInfo&);
  /** Call after parameters were written from outside. */
  void (*refresh)(Core&);
  /** Fills the noise arrays that these options use, from two words of seed. */
  void (*noise)(const Options&, const NoiseView&, uint32_t, uint32_t);
  /** tanh(f(latents[0])) -> action; with draws > 1 the draw with the best minimum over the critics. */
  void (*act)(PolicyCore&, int draws);
  /** GFLOP/s of C[rows x n] = A[rows x k] B[k x n], best of `repeats`. */
  double (*gemmPeak)(float* memory, int rows, int n, int k, int repeats);
  /** Compares every kernel with plain double precision; returns null or the failure. */
  const char* (*selfTest)(float* memory);
};

#define SOFTQD_DECLARE(ns) \
  namespace ns { const Kernels* kernels(); }
SOFTQD_DECLARE(portable)
SOFTQD_DECLARE(neon)
SOFTQD_DECLARE(avx2)
SOFTQD_DECLARE(avx512)

}  // namespace softqd
