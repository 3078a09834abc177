// Forward and backward passes over a block of states, each with `per` rows (particles, samples).
// The observation's part of the first layer is computed once per state; the rows add their own part.
#pragma once
#include "core.h"
#include "gemm.h"
#include "layer-norm.h"

namespace softqd {
namespace SOFTQD_NS {

/** The observation's part of the first layer, bias included: [states][ld]. */
static SOFTQD_NOINLINE void observationProduct(const NetLayout& net, const float* p, const float* observations, int observationSize, int states,
                      float* out) {
  const LayerLayout& y = net.layer[0];
  Gemm g;
  g.m = states;
  g.n = y.out;
  g.k = observationSize;
  g.a = observations;
  g.aRow = observationSize;
  g.b = p + y.weight;
  g.ldb = y.ld;
  g.c = out;
  g.ldc = y.ld;
  g.init = p + y.bias;
  gemm<false>(g);
}

/** LayerNorm of a unit's input or output, with ReLU where it has one. */
static void normalizeInput(const LayerLayout& y, long ld, const float* p, const float* x, int rows, const Trace& t, int l) {
  layerNormForward<false>(x, t.n[l], ld, rows, y.in, p + y.preScale, p + y.preShift, t.preMean[l], t.preRstd[l]);
}
static void normalizeOutput(const LayerLayout& y, const float* p, int rows, const Trace& t, int l) {
  const float *scale = p + y.scale, *shift = p + y.shift;
  if (y.relu) layerNormForward<true>(t.z[l], t.h[l], y.ld, rows, y.out, scale, shift, t.mean[l], t.rstd[l]);
  else layerNormForward<false>(t.z[l], t.h[l], y.ld, rows, y.out, scale, shift, t.mean[l], t.rstd[l]);
}

/** to[row] = x[row] + a, or + the same row of a where ldA is not 0. */
static SOFTQD_NOINLINE void addRows(const float* x, const float* a, long ldA, long ld, int rows, int n, float* to) {
  constexpr int L = Vec::lanes;
  for (int r = 0; r < rows; r++, x += ld, a += ldA, to += ld)
    for (int k = 0; k < n; k += L) Vec::store(to + k, Vec::load(x + k) + Vec::load(a + k));
}

/** u += c xi over an array of any length. */
static void addSkip(float c, const float* latents, int count, float* u) {
  if (c == 0) return;
  for (int i = 0; i < count; i++) u[i] += c * latents[i];
}

/** Rows through the complete network; `state` as from observationProduct, `inputs` [states * per][d], out [rows][outputs]. */
static void forward(const NetLayout& net, const float* p, const float* state, int observationSize, const float* inputs,
                    int d, int states, int per, const Trace& t, float* out) {
  const int rows = states * per;
  for (int l = 0; l < net.hidden(); l++) {
    const LayerLayout& y = net.layer[l];
    float* to = y.norm ? t.z[l] : t.h[l];
    Gemm g;
    g.m = rows;
    g.n = y.out;
    g.ldb = y.ld;
    g.c = to;
    g.ldc = y.ld;
    g.epilogue = y.plainRelu() ? Epilogue::relu : Epilogue::none;
    if (l == 0) {
      g.k = d;
      g.a = inputs;
      g.aRow = d;
      g.b = p + y.weight + size_t(observationSize) * y.ld;
      g.init = state;
      g.ldInit = y.ld;
      g.initShare = per;
    } else {
      g.k = y.in;
      g.a = t.h[l - 1];
      g.aRow = net.layer[l - 1].ld;
      g.b = p + y.weight;
      g.init = p + y.bias;
      if (y.preNorm) {
        normalizeInput(y, g.aRow, p, t.h[l - 1], rows, t, l);
        g.a = t.n[l];
      }
      if (y.add) {
        addRows(t.h[l - 2], p + y.bias, 0, y.ld, rows, y.out, to);
        g.init = nullptr;
        g.accumulate = true;
      }
    }
    gemm<false>(g);
    if (y.norm) normalizeOutput(y, p, rows, t, l);
  }
  const LayerLayout& y = net.output();
  const int l = net.hidden();
  if (y.preNorm) normalizeInput(y, y.ld, p, t.h[l - 1], rows, t, l);
  dotRows(y.preNorm ? t.n[l] : t.h[l - 1], y.ld, rows, p + y.weight, y.ld, y.in, y.out, p + y.bias, out, y.out, nullptr);
}

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
