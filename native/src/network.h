// Forward passes over a block of states, each with `per` rows (particles, samples).
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

}  // namespace SOFTQD_NS
}  // namespace softqd
