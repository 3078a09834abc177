// Every kernel against plain double precision; run at load by `softqd doctor`, by tests, and under qemu for other machines.
#pragma once
#include "network.h"
#include "pairwise.h"

namespace softqd {
namespace SOFTQD_NS {

struct Lcg {
  uint32_t s = 12345;
  float next() {
    s = s * 1664525u + 1013904223u;
    return float(s >> 8) / 8388608.0f - 1.0f;
  }
};

static bool near(double got, double want, double tolerance) {
  const double d = got - want;
  return (d < 0 ? -d : d) <= tolerance * (1 + (want < 0 ? -want : want));
}

static const char* testMath() {
  constexpr int L = Vec::lanes;
  alignas(64) float x[L], y[L];
  for (int i = -2000; i < 2000; i++) {
    for (int j = 0; j < L; j++) x[j] = float(i + j * 0.05) * 0.01f;
    const F v = Vec::load(x);
    Vec::store(y, vexp(v));
    for (int j = 0; j < L; j++)
      if (!near(y[j] / __builtin_exp(double(x[j])), 1, 3e-7)) return "exp";
    Vec::store(y, vtanh(v));
    for (int j = 0; j < L; j++)
      if (!near(y[j], __builtin_tanh(double(x[j])), 3e-7)) return "tanh";
    Vec::store(y, vlogOneMinusTanh2(v));
    for (int j = 0; j < L; j++) {
      const double u = x[j] < 0 ? -double(x[j]) : double(x[j]);
      if (!near(y[j], 2 * (0.69314718055994531 - u - __builtin_log1p(__builtin_exp(-2 * u))), 1e-6)) return "log(1-tanh^2)";
    }
    Vec::store(y, vlog(Vec::abs(v) + Vec::set(1e-6f)));
    for (int j = 0; j < L; j++)
      if (!near(y[j], __builtin_log(double(__builtin_fabsf(x[j]) + 1e-6f)), 3e-7)) return "log";
    Vec::store(y, vatanh(vtanh(v * Vec::set(0.2f))));
    for (int j = 0; j < L; j++)
      if (!near(y[j], 0.2 * x[j], 2e-3)) return "atanh";
  }
  return nullptr;
}

static const char* testGemm(float* memory) {
  Lcg random;
  const int sizes[][3] = {{1, 1, 1}, {5, 6, 3}, {13, 40, 17}, {12, 32, 6}, {31, 72, 50}, {25, 128, 128}};
  for (const auto& z : sizes) {
    const int m = z[0], n = z[1], k = z[2], ld = leading(n), la = leading(k > m ? k : m);
    float* a = memory;
    float* b = a + 256 * 400;
    float* c = b + 256 * 400;
    float* i0 = c + 256 * 400;
    for (int q = 0; q < 256 * 400; q++) a[q] = random.next();
    for (int r = 0; r < 256; r++)
      for (int j = 0; j < ld; j++) {
        b[r * ld + j] = j < n ? random.next() : 0;
        i0[r * ld + j] = j < n ? random.next() : 0;
      }
    Gemm g;
    g.m = m;
    g.n = n;
    g.k = k;
    g.a = a;
    g.aRow = la;
    g.b = b;
    g.ldb = ld;
    g.c = c;
    g.ldc = ld;
    g.init = i0;
    g.ldInit = ld;
    g.initShare = 4;
    g.epilogue = Epilogue::relu;
    gemm<false>(g);
    for (int r = 0; r < m; r++)
      for (int j = 0; j < n; j++) {
        double want = i0[r / 4 * ld + j];
        for (int q = 0; q < k; q++) want += double(a[r * la + q]) * b[q * ld + j];
        if (!near(c[r * ld + j], want > 0 ? want : 0, 1e-5)) return "product";
      }
    for (int q = 0; q < m * ld; q++) c[q] = 1;
    g.init = nullptr;
    g.accumulate = true;
    g.aRow = 1;
    g.aStep = la;
    g.epilogue = Epilogue::gate;
    g.gate = i0;
    g.ldGate = ld;
    gemm<true>(g);
    for (int r = 0; r < m; r++)
      for (int j = 0; j < n; j++) {
        double want = 1;
        for (int q = 0; q < k; q++) want += double(a[q * la + r]) * b[q * ld + j];
        if (!near(c[r * ld + j], i0[r * ld + j] > 0 ? want : 0, 1e-5)) return "transposed product";
      }
    float* out = c;
    dotRows(b, ld, m < 7 ? m : 7, i0, ld, n, 11, nullptr, out, 11, nullptr);
    for (int r = 0; r < (m < 7 ? m : 7); r++)
      for (int o = 0; o < 11; o++) {
        double want = 0;
        for (int j = 0; j < n; j++) want += double(b[r * ld + j]) * i0[o * ld + j];
        if (!near(out[r * 11 + o], want, 1e-5)) return "dot products";
      }
  }
  return nullptr;
}

static const char* testSelect(float* memory) {
  Lcg random;
  for (int n = 1; n < 300; n += 7) {
    const int np = padded(n);
    for (int i = 0; i < np; i++) memory[i] = i < n ? random.next() * random.next() : __builtin_inff();
    for (int i = 0; i < n; i++) memory[i] *= memory[i];
    const int rank = (n - 1) / 2;
    const float got = selectKth(memory, np / Vec::lanes, rank);
    int below = 0, equal = 0;
    for (int i = 0; i < n; i++) {
      below += memory[i] < got;
      equal += memory[i] == got;
    }
    if (!(below <= rank && below + equal > rank)) return "median";
  }
  return nullptr;
}

static const char* testNorm(float* memory) {
  Lcg random;
  const int widths[] = {5, 16, 50, 200};
  for (int n : widths) {
    const int ld = leading(n), rows = 3;
    float *z = memory, *h = z + 4 * 400, *scale = h + 4 * 400, *shift = scale + 400, *g = shift + 400;
    float means[4], rstds[4];
    for (int i = 0; i < 4 * 400 * 5; i++) memory[i] = 0;
    for (int j = 0; j < n; j++) {
      scale[j] = 1 + 0.3f * random.next();
      shift[j] = 0.3f * random.next();
      for (int r = 0; r < rows; r++) {
        z[r * ld + j] = random.next() + 0.5f;
        g[r * ld + j] = random.next();
      }
    }
    layerNormForward<true>(z, h, ld, rows, n, scale, shift, means, rstds);
    for (int r = 0; r < rows; r++) {
      double mean = 0, variance = 0, s1 = 0, s2 = 0;
      for (int j = 0; j < n; j++) mean += z[r * ld + j] / double(n);
      for (int j = 0; j < n; j++) variance += (z[r * ld + j] - mean) * (z[r * ld + j] - mean) / n;
      const double rstd = 1 / __builtin_sqrt(variance + 1e-5);
      double dx[256], xs[256];
      for (int j = 0; j < n; j++) {
        xs[j] = (z[r * ld + j] - mean) * rstd;
        const double y = xs[j] * scale[j] + shift[j];
        if (!near(h[r * ld + j], y > 0 ? y : 0, 1e-5)) return "layer norm";
        dx[j] = h[r * ld + j] > 0 ? double(g[r * ld + j]) * scale[j] : 0;
        s1 += dx[j] / n;
        s2 += dx[j] * xs[j] / n;
      }
      layerNormBackward<true>(g + r * ld, ld, 1, n, z + r * ld, means + r, rstds + r, scale, shift, nullptr, nullptr, nullptr);
      for (int j = 0; j < ld; j++)
        if (!near(g[r * ld + j], j < n ? rstd * (dx[j] - s1 - xs[j] * s2) : 0, 1e-4)) return "layer norm, backwards";
    }
  }
  return nullptr;
}

static const char* selfTest(float* memory) {
  const char* wrong = testMath();
  if (!wrong) wrong = testGemm(memory);
  if (!wrong) wrong = testSelect(memory);
  if (!wrong) wrong = testNorm(memory);
  return wrong;
}

}  // namespace SOFTQD_NS
}  // namespace softqd
