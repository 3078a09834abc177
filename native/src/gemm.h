// Matrix products on padded row-major matrices: rows start on a cache line, the distance of rows is an odd number of cache
// lines (no two rows of a panel fall on the same cache sets), columns beyond the width are 0. That padding is the packing:
// a panel of columns of the weights stays in L1 while rows stream past it.
#pragma once
#include "vec.h"

namespace softqd {
namespace SOFTQD_NS {

#if SOFTQD_LANES == 16
constexpr int kTileRows = 12, kTileVectors = 2;  // 24 accumulators of 32 registers
#elif SOFTQD_LANES == 8
constexpr int kTileRows = 6, kTileVectors = 2;  // 12 accumulators of 16 registers
#elif defined(__aarch64__)
constexpr int kTileRows = 6, kTileVectors = 4;  // 24 accumulators of 32 registers
#else
constexpr int kTileRows = 6, kTileVectors = 2;
#endif

enum class Epilogue { none, relu, gate };

/** C[m x n] = epilogue(init + A[m x k] B[k x n]); or C += A B when accumulate. */
struct Gemm {
  int m = 0, n = 0, k = 0;          // n: true columns; complete vectors are computed and stored
  const float* a = nullptr;          // element (i, k) at a[i * aRow + k * aStep]
  long aRow = 0, aStep = 1;
  const float* b = nullptr;
  long ldb = 0;
  float* c = nullptr;
  long ldc = 0;
  const float* init = nullptr;       // row of init for row i: init + (i / initShare) * ldInit; null: zero
  long ldInit = 0;
  int initShare = 1;
  bool accumulate = false;
  Epilogue epilogue = Epilogue::none;
  const float* gate = nullptr;       // gate: keep where gate row > 0; row: gateIndex ? gateIndex[i] : i / gateShare
  long ldGate = 0;
  int gateShare = 1;
  const int* gateIndex = nullptr;
};

template <int MR, int NV, bool kTransposedA>
static inline __attribute__((always_inline)) void tile(const Gemm& g, const float* a, const float* b, float* c,
                                                      const float* const* init, const float* const* gate, int j) {
  constexpr int L = Vec::lanes;
  Vec::F acc[MR][NV];
  if (init) {
#pragma GCC unroll 16
    for (int i = 0; i < MR; i++)
#pragma GCC unroll 4
      for (int v = 0; v < NV; v++) acc[i][v] = Vec::load(init[i] + j + v * L);
  } else {
#pragma GCC unroll 16
    for (int i = 0; i < MR; i++)
#pragma GCC unroll 4
      for (int v = 0; v < NV; v++) acc[i][v] = Vec::zero();
  }
  const long aRow = kTransposedA ? 1 : g.aRow;
  const long aStep = kTransposedA ? g.aStep : 1;
  const long ldb = g.ldb;
  for (int k = g.k; k > 0; k--) {
    Vec::F bv[NV];
#pragma GCC unroll 4
    for (int v = 0; v < NV; v++) bv[v] = Vec::load(b + v * L);
#pragma GCC unroll 16
    for (int i = 0; i < MR; i++) {
      Vec::F av = Vec::set(a[i * aRow]);
#pragma GCC unroll 4
      for (int v = 0; v < NV; v++) acc[i][v] = Vec::fma(av, bv[v], acc[i][v]);
    }
    a += aStep;
    b += ldb;
  }
  if (g.accumulate) {
#pragma GCC unroll 16
    for (int i = 0; i < MR; i++)
#pragma GCC unroll 4
      for (int v = 0; v < NV; v++) acc[i][v] += Vec::load(c + i * g.ldc + v * L);
  }
  if (g.epilogue == Epilogue::relu) {
#pragma GCC unroll 16
    for (int i = 0; i < MR; i++)
#pragma GCC unroll 4
      for (int v = 0; v < NV; v++) acc[i][v] = Vec::relu(acc[i][v]);
  } else if (g.epilogue == Epilogue::gate) {
#pragma GCC unroll 16
    for (int i = 0; i < MR; i++)
#pragma GCC unroll 4
      for (int v = 0; v < NV; v++) acc[i][v] = Vec::gate(Vec::load(gate[i] + j + v * L), acc[i][v]);
  }
#pragma GCC unroll 16
  for (int i = 0; i < MR; i++)
#pragma GCC unroll 4
    for (int v = 0; v < NV; v++) Vec::store(c + i * g.ldc + v * L, acc[i][v]);
}

/** rows[i] = base + ((i0 + i) / share) * ld, with one division. */
template <int MR>
static SOFTQD_INLINE void sharedRows(const float* base, long ld, int i0, int share, const float** rows) {
  int used = i0 % share;
  const float* row = base + (i0 / share) * ld;
  for (int i = 0; i < MR; i++) {
    rows[i] = row;
    if (++used == share) {
      used = 0;
      row += ld;
    }
  }
}

/** All panels of columns for MR rows from row i0. */
template <int MR, bool kTransposedA>
static __attribute__((noinline)) void rowTile(const Gemm& g, int i0, int j0, int j1) {
  constexpr int L = Vec::lanes;
  const float* init[MR];
  const float* gate[MR];
  if (g.init) sharedRows<MR>(g.init, g.ldInit, i0, g.initShare, init);
  if (g.epilogue == Epilogue::gate) {
    if (g.gateIndex) {
      for (int i = 0; i < MR; i++) gate[i] = g.gate + g.gateIndex[i0 + i] * g.ldGate;
    } else {
      sharedRows<MR>(g.gate, g.ldGate, i0, g.gateShare, gate);
    }
  }
  const float* a = g.a + i0 * (kTransposedA ? 1 : g.aRow);
  float* c = g.c + i0 * g.ldc;
  const float* const* initRows = g.init ? init : nullptr;
  int j = j0;
  for (; j + (kTileVectors - 1) * L < j1; j += kTileVectors * L)
    tile<MR, kTileVectors, kTransposedA>(g, a, g.b + j, c + j, initRows, gate, j);
  for (; j < j1; j += L) tile<MR, 1, kTransposedA>(g, a, g.b + j, c + j, initRows, gate, j);
}

template <bool kTransposedA>
static SOFTQD_INLINE void rowRemainder(const Gemm& g, int i0, int rest, int j0, int j1) {
  switch (rest) {
    case 1: return rowTile<1, kTransposedA>(g, i0, j0, j1);
    case 2: return rowTile<2, kTransposedA>(g, i0, j0, j1);
    case 3: return rowTile<3, kTransposedA>(g, i0, j0, j1);
    case 4: return rowTile<4, kTransposedA>(g, i0, j0, j1);
    case 5: return rowTile<5, kTransposedA>(g, i0, j0, j1);
#if SOFTQD_LANES == 16
    case 6: return rowTile<6, kTransposedA>(g, i0, j0, j1);
    case 7: return rowTile<7, kTransposedA>(g, i0, j0, j1);
    case 8: return rowTile<8, kTransposedA>(g, i0, j0, j1);
    case 9: return rowTile<9, kTransposedA>(g, i0, j0, j1);
    case 10: return rowTile<10, kTransposedA>(g, i0, j0, j1);
    case 11: return rowTile<11, kTransposedA>(g, i0, j0, j1);
#endif
    default: return;
  }
}

template <bool kTransposedA>
static void gemm(const Gemm& g) {
  constexpr int panel = kTileVectors * Vec::lanes;
  for (int j = 0; j < g.n; j += panel) {
    const int j1 = j + panel < g.n ? j + panel : g.n;
    int i = 0;
    for (; i + kTileRows <= g.m; i += kTileRows) rowTile<kTileRows, kTransposedA>(g, i, j, j1);
    rowRemainder<kTransposedA>(g, i, g.m - i, j, j1);
  }
}

template <int MR, int NO>
static SOFTQD_INLINE void dotTile(const float* const* x, const float* w, long ldw, int n, float* const* out) {
  constexpr int L = Vec::lanes;
  Vec::F acc[MR][NO];
#pragma GCC unroll 4
  for (int i = 0; i < MR; i++)
#pragma GCC unroll 8
    for (int o = 0; o < NO; o++) acc[i][o] = Vec::zero();
  for (int k = 0; k < n; k += L) {
    Vec::F xv[MR];
#pragma GCC unroll 4
    for (int i = 0; i < MR; i++) xv[i] = Vec::load(x[i] + k);
#pragma GCC unroll 8
    for (int o = 0; o < NO; o++) {
      Vec::F wv = Vec::load(w + o * ldw + k);
#pragma GCC unroll 4
      for (int i = 0; i < MR; i++) acc[i][o] = Vec::fma(xv[i], wv, acc[i][o]);
    }
  }
#pragma GCC unroll 4
  for (int i = 0; i < MR; i++)
#pragma GCC unroll 8
    for (int o = 0; o < NO; o++) out[i][o] = Vec::sum(acc[i][o]);
}

template <int MR>
static SOFTQD_NOINLINE void dotRowsOf(const float* const* x, const float* w, long ldw, int n, int outs, float* const* out) {
#if SOFTQD_LANES == 16 || defined(__aarch64__)
  constexpr int step = 6;
#else
  constexpr int step = 2;
#endif
  float* to[MR];
  for (int i = 0; i < MR; i++) to[i] = out[i];
  int o = 0;
  auto advance = [&](int by) {
    o += by;
    w += by * ldw;
    for (int i = 0; i < MR; i++) to[i] += by;
  };
  while (o + step <= outs) {
    dotTile<MR, step>(x, w, ldw, n, to);
    advance(step);
  }
  while (o + 2 <= outs) {
    dotTile<MR, 2>(x, w, ldw, n, to);
    advance(2);
  }
  if (o < outs) dotTile<MR, 1>(x, w, ldw, n, to);
}

/** out[row(i)][o] = x[i] . w[o] (+ bias[o]); w is out-major; row(i) = index ? index[i] : i. */
static void dotRows(const float* x, long ldx, int m, const float* w, long ldw, int n, int outs, const float* bias,
                    float* out, long ldOut, const int* index) {
  int i = 0;
  for (; i < m; i += 4) {
    const int rows = m - i < 4 ? m - i : 4;
    const float* xs[4];
    float* os[4];
    for (int r = 0; r < rows; r++) {
      xs[r] = x + (i + r) * ldx;
      os[r] = out + (index ? index[i + r] : i + r) * ldOut;
    }
    if (rows == 4) {
      dotRowsOf<4>(xs, w, ldw, n, outs, os);
    } else {
      for (int r = 0; r < rows; r++) dotRowsOf<1>(xs + r, w, ldw, n, outs, os + r);
    }
    if (bias)
      for (int r = 0; r < rows; r++)
        for (int o = 0; o < outs; o++) os[r][o] += bias[o];
  }
}

}  // namespace SOFTQD_NS
}  // namespace softqd
