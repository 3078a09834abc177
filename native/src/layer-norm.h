// Layer norm and ReLU over a block of rows, forward and backward.
#pragma once
#include "math.h"

namespace softqd {
namespace SOFTQD_NS {

/** Mask of the valid lanes in the last vector of a row of n columns: 1, else 0. */
static SOFTQD_INLINE Vec::F tailMask(int n) {
  const int rest = n % Vec::lanes;
  Vec::I keep = Vec::iota() < Vec::seti(rest == 0 ? Vec::lanes : rest);
  return (Vec::F)(keep & (Vec::I)Vec::set(1.0f));
}

constexpr float kLayerNormEpsilon = 1e-5f;

/** h = layer norm of z, through ReLU or not, keeping mean and 1/sigma per row. */
template <bool kRelu>
static SOFTQD_NOINLINE void layerNormForward(const float* z, float* h, long ld, int rows, int n, const float* scale, const float* shift,
                        float* means, float* rstds) {
  constexpr int L = Vec::lanes;
  const int last = (n - 1) / L * L;
  const F mask = tailMask(n);
  const float inverse = 1.0f / n;
  for (int r = 0; r < rows; r++, z += ld, h += ld) {
    F s0{}, s1{};
    int k = 0;
    for (; k + L <= last; k += 2 * L) {
      s0 += Vec::load(z + k);
      s1 += Vec::load(z + k + L);
    }
    if (k <= last) s0 += Vec::load(z + k);  // columns beyond n are 0
    const float mean = Vec::sum(s0 + s1) * inverse;
    const F mv = Vec::set(mean);
    F v0{}, v1{};
    k = 0;
    for (; k + L < last; k += 2 * L) {
      F d0 = Vec::load(z + k) - mv, d1 = Vec::load(z + k + L) - mv;
      v0 = Vec::fma(d0, d0, v0);
      v1 = Vec::fma(d1, d1, v1);
    }
    for (; k <= last; k += L) {
      F d = Vec::load(z + k) - mv;
      if (k == last) d = d * mask;
      v0 = Vec::fma(d, d, v0);
    }
    const float rstd = 1.0f / __builtin_sqrtf(Vec::sum(v0 + v1) * inverse + kLayerNormEpsilon);
    const F rv = Vec::set(rstd);
    for (k = 0; k <= last; k += L) {
      F x = (Vec::load(z + k) - mv) * rv;
      F y = Vec::fma(x, Vec::load(scale + k), Vec::load(shift + k));
      Vec::store(h + k, kRelu ? Vec::relu(y) : y);
    }
    means[r] = mean;
    rstds[r] = rstd;
  }
}

/** g: gradient with respect to the output; becomes the gradient with respect to z. Row i of g belongs to row index[i] of z. */
template <bool kRelu>
static SOFTQD_NOINLINE void layerNormBackward(float* g, long ld, int rows, int n, const float* z, const float* means, const float* rstds,
                         const float* scale, const float* shift, const int* index, float* scaleGradient,
                         float* shiftGradient) {
  constexpr int L = Vec::lanes;
  const int last = (n - 1) / L * L;
  const F mask = tailMask(n);
  const float inverse = 1.0f / n;
  for (int r = 0; r < rows; r++, g += ld) {
    const int row = index ? index[r] : r;
    const float* zr = z + row * ld;
    const F mv = Vec::set(means[row]), rv = Vec::set(rstds[row]);
    F s1{}, s2{};
    for (int k = 0; k <= last; k += L) {
      F x = (Vec::load(zr + k) - mv) * rv;
      F sc = Vec::load(scale + k);
      F dy = Vec::load(g + k);
      if (kRelu) dy = Vec::gate(Vec::fma(x, sc, Vec::load(shift + k)), dy);
      if (scaleGradient) {
        Vec::store(scaleGradient + k, Vec::fma(dy, x, Vec::load(scaleGradient + k)));
        Vec::store(shiftGradient + k, Vec::load(shiftGradient + k) + dy);
      }
      F dx = dy * sc;
      Vec::store(g + k, dx);
      s1 += dx;
      s2 = Vec::fma(dx, x, s2);
    }
    const F m1 = Vec::set(Vec::sum(s1) * inverse), m2 = Vec::set(Vec::sum(s2) * inverse);
    for (int k = 0; k <= last; k += L) {
      F x = (Vec::load(zr + k) - mv) * rv;
      F dz = rv * (Vec::load(g + k) - m1 - x * m2);
      Vec::store(g + k, k == last ? dz * mask : dz);
    }
  }
}

/** Tangents at z become tangents at the output: row i of `from` and `to` (which may be the same) belongs to row i / share of z. */
template <bool kRelu>
static SOFTQD_NOINLINE void layerNormTangent(const float* from, float* to, long ld, int rows, int share, int n, const float* z,
                                             const float* means, const float* rstds, const float* scale, const float* shift) {
  constexpr int L = Vec::lanes;
  const int last = (n - 1) / L * L;
  const F mask = tailMask(n);
  const float inverse = 1.0f / n;
  for (int r = 0; r < rows; r++, from += ld, to += ld) {
    const float* zr = z + long(r / share) * ld;
    const F mv = Vec::set(means[r / share]), rv = Vec::set(rstds[r / share]);
    F s1{}, s2{};
    for (int k = 0; k <= last; k += L) {
      F t = Vec::load(from + k);
      s1 += t;
      s2 = Vec::fma((Vec::load(zr + k) - mv) * rv, t, s2);
    }
    const F m1 = Vec::set(Vec::sum(s1) * inverse), m2 = Vec::set(Vec::sum(s2) * inverse);
    for (int k = 0; k <= last; k += L) {
      F x = (Vec::load(zr + k) - mv) * rv, sc = Vec::load(scale + k);
      F dy = sc * rv * (Vec::load(from + k) - m1 - x * m2);
      if (kRelu) dy = Vec::gate(Vec::fma(x, sc, Vec::load(shift + k)), dy);
      Vec::store(to + k, k == last ? dy * mask : dy);
    }
  }
}

}  // namespace SOFTQD_NS
}  // namespace softqd
