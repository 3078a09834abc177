// The pairwise parts, one state at a time, lanes over the particles: kernel densities of the value proposal, Stein field.
#pragma once
#include "core.h"
#include "math.h"

namespace softqd {
namespace SOFTQD_NS {

constexpr float kFar = 1e9f;  // padding particle: its kernel with any particle is exactly 0

static SOFTQD_INLINE int padded(int n) { return (n + Vec::lanes - 1) / Vec::lanes * Vec::lanes; }

/** [n][d] -> [d][padded n], filled with `fill`. */
static SOFTQD_NOINLINE void toLanes(const float* rows, int n, int d, float fill, float* out) {
  const int np = padded(n);
  for (int k = 0; k < d; k++) {
    float* to = out + k * np;
    for (int j = 0; j < n; j++) to[j] = rows[j * d + k];
    for (int j = n; j < np; j++) to[j] = fill;
  }
}

static SOFTQD_INLINE float sumFirst(const float* x, int n) {
  float s = 0;
  for (int i = 0; i < n; i++) s += x[i];
  return s;
}

/** log mean_m N(u_j; c_m, sigma^2 I) for the n samples u against the n centers c, both [n][d]. */
static SOFTQD_NOINLINE void kernelDensity(const float* u, const float* c, int n, int d, float sigma, float* lanesScratch,
                          float* distances, float* out) {
  constexpr int L = Vec::lanes;
  const int np = padded(n);
  toLanes(u, n, d, 0.0f, lanesScratch);
  const F scale = Vec::set(-0.5f / (sigma * sigma));
  const F constant = Vec::set(-__builtin_logf(float(n)) - d * __builtin_logf(sigma * 2.50662827463f));
  for (int j = 0; j < np; j += L) {
    F nearest = Vec::set(3.0e38f);
    for (int m = 0; m < n; m++) {
      F d2{};
      for (int k = 0; k < d; k++) {
        F diff = Vec::load(lanesScratch + k * np + j) - Vec::set(c[m * d + k]);
        d2 = Vec::fma(diff, diff, d2);
      }
      Vec::store(distances + m * L, d2);
      nearest = d2 < nearest ? d2 : nearest;
    }
    F sum{};
    for (int m = 0; m < n; m++) sum += vexp((Vec::load(distances + m * L) - nearest) * scale);
    Vec::storeu(out + j, vlog(sum) + nearest * scale + constant);
  }
}

/** The element number `rank` (from 0) of `count` sorted values >= 0, given as lanes padded with +inf. Exact. */
static SOFTQD_NOINLINE float selectKth(const float* x, int vectors, int rank) {
  constexpr int L = Vec::lanes;
  // Bits of non-negative floats are ordered as integers: bisect on them until one value is left or the rank is met exactly.
  F lowest = Vec::set(3.4e38f), highest{};
  const F infinite = Vec::set(3.0e38f);
  for (int i = 0; i < vectors; i++) {
    F v = Vec::load(x + i * L);
    lowest = v < lowest ? v : lowest;
    highest = ((v > highest) & (v < infinite)) ? v : highest;
  }
  const float lo = Vec::hmin(lowest), hi = Vec::hmax(highest);
  int32_t low, high;
  std::memcpy(&low, &lo, 4);
  std::memcpy(&high, &hi, 4);
  if (!(lo <= hi)) return lo;  // NaN inside
  // invariant: count(<= high) > rank; count(< low) <= rank
  while (low < high) {
    const int32_t middle = low + (high - low) / 2;
    float limit;
    std::memcpy(&limit, &middle, 4);
    const F lv = Vec::set(limit);
    int count = 0;
    for (int i = 0; i < vectors; i++) count += Vec::countLessEqual(Vec::load(x + i * L), lv);
    if (count > rank) high = middle;
    else low = middle + 1;
    if (count == rank + 1) {
      // the result is the largest value <= limit
      F best{};
      for (int i = 0; i < vectors; i++) {
        F v = Vec::load(x + i * L);
        best = ((v <= lv) & (v > best)) ? v : best;
      }
      return Vec::hmax(best);
    }
  }
  float result;
  std::memcpy(&result, &low, 4);
  return result;
}

static float kernelFactor(KernelFactor factor, int particles) {
  switch (factor) {
    case KernelFactor::twoLogPlusOne: return 2 * __builtin_logf(particles + 1.0f);
    case KernelFactor::log: return __builtin_logf(particles > 1 ? float(particles) : 2.0f);
    default: return __builtin_logf(particles + 1.0f);
  }
}

/** Median bandwidth h = max(lower median of squared distances / factor, 1e-3). */
static float bandwidth(const float* x, int count, const float* cross, int m, KernelDistances kind, float factor, int d,
                       float* scratch) {
  constexpr int L = Vec::lanes;
  const int mp = padded(m);
  if (kind == KernelDistances::cross) {
    const int n = count * m;
    return __builtin_fmaxf(selectKth(cross, count * mp / L, (n - 1) / 2) / factor, 1e-3f);
  }
  int n = 0;
  for (int i = 0; i < count; i++)
    for (int j = i + 1; j < count; j++) {
      float d2 = 0;
      for (int k = 0; k < d; k++) {
        const float diff = x[i * d + k] - x[j * d + k];
        d2 = __builtin_fmaf(diff, diff, d2);
      }
      scratch[n++] = d2;
    }
  if (n == 0) return 1e-3f;
  const int np = padded(n);
  for (int i = n; i < np; i++) scratch[i] = __builtin_inff();
  return __builtin_fmaxf(selectKth(scratch, np / L, (n - 1) / 2) / factor, 1e-3f);
}

struct Stein {
  int fixed, updated, d;
  KernelDistances kind;
  float factor;
  bool repulsion;
  bool shared;  // y = x: no particle is in its own field, and the bandwidth is that of the distinct pairs
};

/**
 * phi(y_j) = mean_i [k(x_i, y_j) g_i + grad_{x_i} k(x_i, y_j)] (equation 13 divided by alpha), k = exp(-|x - y|^2 / h).
 * With one set for both sides the mean is over the K - 1 others.
 * x, g: [K][d]; y: [M][d]; out phi: [d][padded M]. lanes: [d][padded M], distances: [K][padded M] and the pairs of `fixed`.
 */
static SOFTQD_NOINLINE void steinField(const Stein& s, const float* x, const float* g, const float* y, float* lanes, float* distances,
                       float* phi) {
  constexpr int L = Vec::lanes;
  const int mp = padded(s.updated);
  toLanes(y, s.updated, s.d, kFar, lanes);
  for (int i = 0; i < s.fixed; i++)
    for (int j = 0; j < mp; j += L) {
      F d2{};
      for (int k = 0; k < s.d; k++) {
        F diff = Vec::set(x[i * s.d + k]) - Vec::load(lanes + k * mp + j);
        d2 = Vec::fma(diff, diff, d2);
      }
      // pads are infinitely far for the median
      if (j + L > s.updated) d2 = Vec::iota() < Vec::seti(s.updated - j) ? d2 : Vec::set(__builtin_inff());
      Vec::store(distances + i * mp + j, d2);
    }
  const float h = bandwidth(x, s.fixed, distances, s.updated, s.shared ? KernelDistances::fixed : s.kind, s.factor, s.d, distances + s.fixed * mp);
  const F inverse = Vec::set(-1.0f / h), twice = Vec::set(s.repulsion ? -2.0f / h : 0.0f);
  const F mean = Vec::set(1.0f / (s.shared ? s.fixed - 1 : s.fixed));
  for (int j = 0; j < mp; j += L) {
    for (int i = 0; i < s.fixed; i++)
      Vec::store(distances + i * mp + j, vexp(Vec::load(distances + i * mp + j) * inverse) * mean);
    if (s.shared)
      for (int i = j; i < j + L && i < s.fixed; i++) distances[i * mp + i] = 0;
    for (int k = 0; k < s.d; k++) {
      F sum{};
      const F yk = Vec::load(lanes + k * mp + j);
      for (int i = 0; i < s.fixed; i++) {
        F pull = Vec::fma(twice, Vec::set(x[i * s.d + k]) - yk, Vec::set(g[i * s.d + k]));
        sum = Vec::fma(Vec::load(distances + i * mp + j), pull, sum);
      }
      Vec::store(phi + k * mp + j, sum);
    }
  }
}

}  // namespace SOFTQD_NS
}  // namespace softqd
