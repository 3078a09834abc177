// Forward and backward passes over a block of states, each with `per` rows (particles, samples).
// The observation's part of the first layer is computed once per state; the rows add their own part.
#pragma once
#include "core.h"
#include "gemm.h"
#include "layer-norm.h"

namespace softqd {
namespace SOFTQD_NS {

/** Where a forward pass stores the values that its backward pass reads. */
struct Trace {
  float** z;
  float** h;
  float** mean;
  float** rstd;
};

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

/** Rows through the complete network; `state` as from observationProduct, `inputs` [states * per][d], out [rows][outputs]. */
static void forward(const NetLayout& net, const float* p, const float* state, int observationSize, const float* inputs,
                    int d, int states, int per, const Trace& t, float* out) {
  const int rows = states * per;
  for (int l = 0; l < net.hidden(); l++) {
    const LayerLayout& y = net.layer[l];
    float* to = net.norm ? t.z[l] : t.h[l];
    Gemm g;
    g.m = rows;
    g.n = y.out;
    g.ldb = y.ld;
    g.c = to;
    g.ldc = y.ld;
    g.epilogue = net.norm ? Epilogue::none : Epilogue::relu;
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
    }
    gemm<false>(g);
    if (net.norm) layerNormForward(t.z[l], t.h[l], y.ld, rows, y.out, p + y.scale, p + y.shift, t.mean[l], t.rstd[l]);
  }
  const LayerLayout& y = net.output();
  dotRows(t.h[net.hidden() - 1], y.ld, rows, p + y.weight, y.ld, y.in, y.out, p + y.bias, out, y.out, nullptr);
}

/** Gradient of every layer's input: dz [rows][ld] of layer l becomes the gradient of layer l - 1's z (or of h where it has a norm). */
static void backpropThroughWeights(const NetLayout& net, const Block& b, int l, int rows, const float* dz, float* to,
                               const Trace& t, const int* index) {
  const LayerLayout& y = net.layer[l];
  const LayerLayout& below = net.layer[l - 1];
  Gemm g;
  g.m = rows;
  g.n = y.in;
  g.k = y.out;
  g.a = dz;
  g.aRow = y.ld;
  g.b = b.transposed + b.transposedAt[l];
  g.ldb = below.ld;
  g.c = to;
  g.ldc = below.ld;
  if (!net.norm) {
    g.epilogue = Epilogue::gate;
    g.gate = t.h[l - 1];
    g.ldGate = below.ld;
    g.gateIndex = index;
  }
  gemm<false>(g);
}

/** out[index[i]][0..d) = d q / d inputs for the rows in index (null: rows 0..m). One output. */
static void inputGradient(const NetLayout& net, const Block& b, int observationSize, int d, int m, const int* index,
                          const Trace& t, float* const dz[2], float* out) {
  constexpr int L = Vec::lanes;
  const LayerLayout& o = net.output();
  const int top = net.hidden() - 1;
  float* g = dz[0];
  const float* w = b.p + o.weight;
  for (int i = 0; i < m; i++) {
    float* to = g + size_t(i) * o.ld;
    if (net.norm) {
      for (int k = 0; k < o.in; k += L) Vec::store(to + k, Vec::load(w + k));
    } else {
      const float* h = t.h[top] + size_t(index ? index[i] : i) * o.ld;
      for (int k = 0; k < o.in; k += L) Vec::store(to + k, Vec::gate(Vec::load(h + k), Vec::load(w + k)));
    }
  }
  for (int l = top; l >= 0; l--) {
    const LayerLayout& y = net.layer[l];
    if (net.norm)
      layerNormBackward(g, y.ld, m, y.out, t.z[l], t.mean[l], t.rstd[l], b.p + y.scale, b.p + y.shift, index, nullptr, nullptr);
    if (l == 0) break;
    float* to = g == dz[0] ? dz[1] : dz[0];
    backpropThroughWeights(net, b, l, m, g, to, t, index);
    g = to;
  }
  const LayerLayout& y = net.layer[0];
  dotRows(g, y.ld, m, b.p + y.weight + size_t(observationSize) * y.ld, y.ld, y.out, d, nullptr, out, d, index);
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
                     float* const dz[2], float* stateGradient, float* gradient) {
  constexpr int L = Vec::lanes;
  const int rows = states * per;
  const LayerLayout& o = net.output();
  const int top = net.hidden() - 1;
  addOuter(outGradient, o.out, o.out, t.h[top], o.ld, o.in, rows, gradient + o.weight, o.ld);
  for (int r = 0; r < rows; r++)
    for (int k = 0; k < o.out; k++) gradient[o.bias + k] += outGradient[r * o.out + k];
  float* g = dz[0];
  {
    Gemm m;
    m.m = rows;
    m.n = o.in;
    m.k = o.out;
    m.a = outGradient;
    m.aRow = o.out;
    m.b = b.p + o.weight;
    m.ldb = o.ld;
    m.c = g;
    m.ldc = o.ld;
    if (!net.norm) {
      m.epilogue = Epilogue::gate;
      m.gate = t.h[top];
      m.ldGate = o.ld;
    }
    gemm<false>(m);
  }
  for (int l = top; l >= 0; l--) {
    const LayerLayout& y = net.layer[l];
    if (net.norm)
      layerNormBackward(g, y.ld, rows, y.out, t.z[l], t.mean[l], t.rstd[l], b.p + y.scale, b.p + y.shift, nullptr,
                   gradient + y.scale, gradient + y.shift);
    if (l == 0) break;
    addOuter(t.h[l - 1], net.layer[l - 1].ld, y.in, g, y.ld, y.out, rows, gradient + y.weight, y.ld);
    addColumns(g, y.ld, rows, y.out, gradient + y.bias);
    float* to = g == dz[0] ? dz[1] : dz[0];
    backpropThroughWeights(net, b, l, rows, g, to, t, nullptr);
    g = to;
  }
  const LayerLayout& y = net.layer[0];
  addOuter(inputs, d, d, g, y.ld, y.out, rows, gradient + y.weight + size_t(observationSize) * y.ld, y.ld);
  const float* perState = g;
  if (per > 1) {
    for (int s = 0; s < states; s++) {
      float* sum = stateGradient + size_t(s) * y.ld;
      for (int k = 0; k < y.out; k += L) Vec::store(sum + k, F{});
      addColumns(g + size_t(s) * per * y.ld, y.ld, per, y.out, sum);
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
