// Backward passes over a block of states: gradients of the parameters, and of the inputs alone.
#pragma once
#include "network.h"

namespace softqd {
namespace SOFTQD_NS {

/** Keeps g where the row of h is above 0; row i of g belongs to row index[i] of h. */
static SOFTQD_NOINLINE void gateRows(float* g, const float* h, long ld, int rows, int n, const int* index) {
  constexpr int L = Vec::lanes;
  for (int r = 0; r < rows; r++, g += ld) {
    const float* row = h + long(index ? index[r] : r) * ld;
    for (int k = 0; k < n; k += L) Vec::store(g + k, Vec::gate(Vec::load(row + k), Vec::load(g + k)));
  }
}

/**
 * g: gradient by the (normalized) input of unit l, already through the ReLU below where no LayerNorm is between. Becomes the gradient by
 * the linear map of unit l - 1. skip: the gradient that reached the end of the residual block that begins with unit l, else null.
 */
static void throughBelow(const NetLayout& net, const Block& b, int l, int rows, float* g, const float* skip, const Trace& t,
                         const int* index, float* gradient) {
  const LayerLayout &y = net.layer[l], &below = net.layer[l - 1];
  if (y.preNorm) {
    layerNormBackward<false>(g, below.ld, rows, y.in, t.h[l - 1], t.preMean[l], t.preRstd[l], b.p + y.preScale, b.p + y.preShift, index,
                             gradient ? gradient + y.preScale : nullptr, gradient ? gradient + y.preShift : nullptr);
    if (skip) addRows(g, skip, below.ld, below.ld, rows, y.in, g);
    if (below.plainRelu()) gateRows(g, t.h[l - 1], below.ld, rows, y.in, index);
  }
  if (!below.norm) return;
  float *scale = gradient ? gradient + below.scale : nullptr, *shift = gradient ? gradient + below.shift : nullptr;
  const auto backward = below.relu ? layerNormBackward<true> : layerNormBackward<false>;
  backward(g, below.ld, rows, below.out, t.z[l - 1], t.mean[l - 1], t.rstd[l - 1], b.p + below.scale, b.p + below.shift, index, scale, shift);
}

/** From the gradient g by the linear map of hidden unit l to that of unit l - 1, in `to`. */
static void backpropThroughWeights(const NetLayout& net, const Block& b, int l, int rows, const float* g, const float* skip, float* to,
                                   const Trace& t, const int* index, float* gradient) {
  const LayerLayout& y = net.layer[l];
  const LayerLayout& below = net.layer[l - 1];
  Gemm m;
  m.m = rows;
  m.n = y.in;
  m.k = y.out;
  m.a = g;
  m.aRow = y.ld;
  m.b = b.transposed + b.transposedAt[l];
  m.ldb = below.ld;
  m.c = to;
  m.ldc = below.ld;
  if (!y.preNorm && below.plainRelu()) {
    m.epilogue = Epilogue::gate;
    m.gate = t.h[l - 1];
    m.ldGate = below.ld;
    m.gateIndex = index;
  }
  gemm<false>(m);
  throughBelow(net, b, l, rows, to, skip, t, index, gradient);
}

/** Takes the gradients of units in turns; the one at the end of a residual block stays until its beginning is reached. */
struct GradientBuffers {
  float* const* dz;
  float* current;
  const float* held = nullptr;

  explicit GradientBuffers(float* const buffers[3]) : dz(buffers), current(buffers[0]) {}
  float* free() const {
    for (int i = 0; i < 3; i++)
      if (dz[i] != current && dz[i] != held) return dz[i];
    return nullptr;
  }
  /** Before unit l is passed: what its residual block adds below. */
  const float* enter(const LayerLayout& y) {
    if (y.add) held = current;
    return y.role == Role::expand ? held : nullptr;
  }
  void leave(const LayerLayout& y, float* to) {
    current = to;
    if (y.role == Role::expand) held = nullptr;
  }
};

/** out[index[i]][0..d) = d q / d inputs for the rows in index (null: rows 0..m). One output. */
static void inputGradient(const NetLayout& net, const Block& b, int observationSize, int d, int m, const int* index,
                          const Trace& t, float* const dz[3], float* out) {
  constexpr int L = Vec::lanes;
  const LayerLayout& o = net.output();
  const int top = net.hidden() - 1;
  GradientBuffers g(dz);
  const float* w = b.p + o.weight;
  const bool gated = !o.preNorm && net.layer[top].plainRelu();
  for (int i = 0; i < m; i++) {
    float* to = g.current + size_t(i) * o.ld;
    if (!gated) {
      for (int k = 0; k < o.in; k += L) Vec::store(to + k, Vec::load(w + k));
    } else {
      const float* h = t.h[top] + size_t(index ? index[i] : i) * o.ld;
      for (int k = 0; k < o.in; k += L) Vec::store(to + k, Vec::gate(Vec::load(h + k), Vec::load(w + k)));
    }
  }
  throughBelow(net, b, top + 1, m, g.current, nullptr, t, index, nullptr);
  for (int l = top; l >= 1; l--) {
    const float* skip = g.enter(net.layer[l]);
    float* to = g.free();
    backpropThroughWeights(net, b, l, m, g.current, skip, to, t, index, nullptr);
    g.leave(net.layer[l], to);
  }
  const LayerLayout& y = net.layer[0];
  dotRows(g.current, y.ld, m, b.p + y.weight + size_t(observationSize) * y.ld, y.ld, y.out, d, nullptr, out, d, index);
}

/** sums[k] += sum over rows of x[row][k]. */
static SOFTQD_NOINLINE void addColumns(const float* x, long ld, int rows, int n, float* sums) {
  constexpr int L = Vec::lanes;
  for (int k = 0; k < n; k += L) {
    F s0 = Vec::load(sums + k), s1{}, s2{}, s3{};
    const float* at = x + k;
    int r = 0;
    for (; r + 4 <= rows; r += 4, at += 4 * ld) {
      s0 += Vec::load(at);
      s1 += Vec::load(at + ld);
      s2 += Vec::load(at + 2 * ld);
      s3 += Vec::load(at + 3 * ld);
    }
    for (; r < rows; r++, at += ld) s0 += Vec::load(at);
    Vec::store(sums + k, (s0 + s1) + (s2 + s3));
  }
}

/** C[m x n] += A^T B over `rows`. */
static void addOuter(const float* a, long lda, int m, const float* b, long ldb, int n, int rows, float* c, long ldc) {
  Gemm g;
  g.m = m;
  g.n = n;
  g.k = rows;
  g.a = a;
  g.aStep = lda;
  g.b = b;
  g.ldb = ldb;
  g.c = c;
  g.ldc = ldc;
  g.accumulate = true;
  gemm<true>(g);
}

/** Adds the gradient of all parameters for given output gradients [rows][outputs]. */
static void backward(const NetLayout& net, const Block& b, const float* observations, int observationSize,
                     const float* inputs, int d, int states, int per, const Trace& t, const float* outGradient,
                     float* const dz[3], float* stateGradient, float* gradient) {
  constexpr int L = Vec::lanes;
  const int rows = states * per;
  const LayerLayout& o = net.output();
  const int top = net.hidden() - 1;
  addOuter(outGradient, o.out, o.out, o.preNorm ? t.n[top + 1] : t.h[top], o.ld, o.in, rows, gradient + o.weight, o.ld);
  for (int r = 0; r < rows; r++)
    for (int k = 0; k < o.out; k++) gradient[o.bias + k] += outGradient[r * o.out + k];
  GradientBuffers g(dz);
  {
    Gemm m;
    m.m = rows;
    m.n = o.in;
    m.k = o.out;
    m.a = outGradient;
    m.aRow = o.out;
    m.b = b.p + o.weight;
    m.ldb = o.ld;
    m.c = g.current;
    m.ldc = o.ld;
    if (!o.preNorm && net.layer[top].plainRelu()) {
      m.epilogue = Epilogue::gate;
      m.gate = t.h[top];
      m.ldGate = o.ld;
    }
    gemm<false>(m);
  }
  throughBelow(net, b, top + 1, rows, g.current, nullptr, t, nullptr, gradient);
  for (int l = top; l >= 1; l--) {
    const LayerLayout& y = net.layer[l];
    const float* skip = g.enter(y);
    addOuter(y.preNorm ? t.n[l] : t.h[l - 1], net.layer[l - 1].ld, y.in, g.current, y.ld, y.out, rows, gradient + y.weight, y.ld);
    addColumns(g.current, y.ld, rows, y.out, gradient + y.bias);
    float* to = g.free();
    backpropThroughWeights(net, b, l, rows, g.current, skip, to, t, nullptr, gradient);
    g.leave(y, to);
  }
  const LayerLayout& y = net.layer[0];
  addOuter(inputs, d, d, g.current, y.ld, y.out, rows, gradient + y.weight + size_t(observationSize) * y.ld, y.ld);
  const float* perState = g.current;
  if (per > 1) {
    for (int s = 0; s < states; s++) {
      float* sum = stateGradient + size_t(s) * y.ld;
      for (int k = 0; k < y.out; k += L) Vec::store(sum + k, F{});
      addColumns(g.current + size_t(s) * per * y.ld, y.ld, per, y.out, sum);
    }
    perState = stateGradient;
  }
  addOuter(observations, observationSize, observationSize, perState, y.ld, y.out, states, gradient + y.weight, y.ld);
  addColumns(perState, y.ld, states, y.out, gradient + y.bias);
}

/** The transposed copies of the hidden layers' weights that backward passes multiply with. */
static SOFTQD_NOINLINE void transpose(const NetLayout& net, Block& b) {
  for (int l = 1; l < net.hidden(); l++) {
    const LayerLayout& y = net.layer[l];
    const long to = net.layer[l - 1].ld;
    const float* w = b.p + y.weight;
    float* t = b.transposed + b.transposedAt[l];
    for (int i0 = 0; i0 < y.in; i0 += 16)
      for (int j0 = 0; j0 < y.out; j0 += 16) {
        const int i1 = i0 + 16 < y.in ? i0 + 16 : y.in, j1 = j0 + 16 < y.out ? j0 + 16 : y.out;
        for (int j = j0; j < j1; j++)
          for (int i = i0; i < i1; i++) t[j * to + i] = w[i * long(y.ld) + j];
      }
  }
}

}  // namespace SOFTQD_NS
}  // namespace softqd
