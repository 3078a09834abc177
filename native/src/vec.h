// One vector type for all kernels: GCC/Clang vector extensions, with intrinsics where the compiler needs help.
// SOFTQD_LANES and SOFTQD_NS (a separate namespace per instruction set, so that the linker never mixes them)
// are set by the build.
#pragma once
#include <cstdint>
#include <cstring>
#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#ifndef SOFTQD_LANES
#define SOFTQD_LANES 4
#endif
#ifndef SOFTQD_NS
#define SOFTQD_NS portable
#endif
#define SOFTQD_INLINE inline __attribute__((always_inline))
// Parts of a step that are visible in a profile.
#define SOFTQD_NOINLINE __attribute__((noinline))

namespace softqd {
namespace SOFTQD_NS {

struct Vec {
  static constexpr int lanes = SOFTQD_LANES;
  static constexpr int N = lanes;
  typedef float F __attribute__((vector_size(SOFTQD_LANES * 4), may_alias));
  typedef float FU __attribute__((vector_size(SOFTQD_LANES * 4), aligned(4), may_alias));
  typedef int32_t I __attribute__((vector_size(SOFTQD_LANES * 4), may_alias));
  typedef uint32_t U __attribute__((vector_size(SOFTQD_LANES * 4), may_alias));

  static SOFTQD_INLINE F load(const float* p) { return *reinterpret_cast<const F*>(p); }
  static SOFTQD_INLINE F loadu(const float* p) { return *reinterpret_cast<const FU*>(p); }
  static SOFTQD_INLINE void store(float* p, F v) { *reinterpret_cast<F*>(p) = v; }
  static SOFTQD_INLINE void storeu(float* p, F v) { *reinterpret_cast<FU*>(p) = v; }
  static SOFTQD_INLINE F zero() { return F{}; }
  static SOFTQD_INLINE F set(float x) {
#if SOFTQD_LANES == 16 && defined(__AVX512F__)
    return (F)_mm512_set1_ps(x);
#endif
#if SOFTQD_LANES == 8 && defined(__AVX__)
    return (F)_mm256_set1_ps(x);
#endif
    return x - F{};
  }
  static SOFTQD_INLINE I seti(int32_t x) { return x - I{}; }
  /** a * b + c, one rounding where the instruction set has it. */
  static SOFTQD_INLINE F fma(F a, F b, F c) {
#if SOFTQD_LANES == 16 && defined(__AVX512F__)
    return (F)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#endif
#if SOFTQD_LANES == 8 && defined(__FMA__)
    return (F)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#endif
#if SOFTQD_LANES == 4 && defined(__aarch64__)
    return (F)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#endif
    return a * b + c;
  }
  static SOFTQD_INLINE F sqrt(F a) {
#if SOFTQD_LANES == 16 && defined(__AVX512F__)
    return (F)_mm512_sqrt_ps((__m512)a);
#endif
#if SOFTQD_LANES == 8 && defined(__AVX__)
    return (F)_mm256_sqrt_ps((__m256)a);
#endif
#if SOFTQD_LANES == 4 && defined(__SSE__)
    return (F)_mm_sqrt_ps((__m128)a);
#endif
#if SOFTQD_LANES == 4 && defined(__aarch64__)
    return (F)vsqrtq_f32((float32x4_t)a);
#endif
    F r;
    for (int i = 0; i < N; i++) r[i] = __builtin_sqrtf(a[i]);
    return r;
  }
  /** max(x, 0); NaN stays NaN. */
  static SOFTQD_INLINE F relu(F x) {
#if SOFTQD_LANES == 16 && defined(__AVX512F__)
    return (F)_mm512_max_ps(_mm512_setzero_ps(), (__m512)x);
#endif
#if SOFTQD_LANES == 8 && defined(__AVX__)
    return (F)_mm256_max_ps(_mm256_setzero_ps(), (__m256)x);
#endif
    return x < F{} ? F{} : x;
  }
  static SOFTQD_INLINE F min(F a, F b) { return a < b ? a : b; }
  static SOFTQD_INLINE F max(F a, F b) { return a > b ? a : b; }
  static SOFTQD_INLINE F abs(F a) { return (F)((I)a & seti(0x7fffffff)); }
  /** h > 0 ? g : 0 */
  static SOFTQD_INLINE F gate(F h, F g) {
#if SOFTQD_LANES == 16 && defined(__AVX512F__)
    return (F)_mm512_maskz_mov_ps(_mm512_cmp_ps_mask((__m512)h, _mm512_setzero_ps(), _CMP_GT_OQ), (__m512)g);
#endif
    return (F)((I)g & (I)(h > F{}));
  }
  /** How many lanes are <= limit. */
  static SOFTQD_INLINE int countLessEqual(F a, F limit) {
#if SOFTQD_LANES == 16 && defined(__AVX512F__)
    return __builtin_popcount(_mm512_cmp_ps_mask((__m512)a, (__m512)limit, _CMP_LE_OQ));
#endif
#if SOFTQD_LANES == 8 && defined(__AVX__)
    return __builtin_popcount(_mm256_movemask_ps(_mm256_cmp_ps((__m256)a, (__m256)limit, _CMP_LE_OQ)));
#endif
    I m = a <= limit;
    int n = 0;
    for (int i = 0; i < N; i++) n -= m[i];
    return n;
  }
  static SOFTQD_INLINE float sum(F a) {
#if SOFTQD_LANES == 16 && defined(__AVX512F__)
    return _mm512_reduce_add_ps((__m512)a);
#endif
    float s[N];
    std::memcpy(s, &a, sizeof s);
    for (int w = N / 2; w > 0; w /= 2)
      for (int i = 0; i < w; i++) s[i] += s[i + w];
    return s[0];
  }
  static SOFTQD_INLINE float hmin(F a) {
    float s[N], m;
    std::memcpy(s, &a, sizeof s);
    m = s[0];
    for (int i = 1; i < N; i++) m = s[i] < m ? s[i] : m;
    return m;
  }
  static SOFTQD_INLINE float hmax(F a) {
    float s[N], m;
    std::memcpy(s, &a, sizeof s);
    m = s[0];
    for (int i = 1; i < N; i++) m = s[i] > m ? s[i] : m;
    return m;
  }
  /** 0, 1, 2, ... */
  static SOFTQD_INLINE I iota() {
    I r;
    for (int i = 0; i < N; i++) r[i] = i;
    return r;
  }
  static SOFTQD_INLINE I toInt(F a) { return __builtin_convertvector(a, I); }
  static SOFTQD_INLINE F toFloat(I a) { return __builtin_convertvector(a, F); }
};

}  // namespace SOFTQD_NS
}  // namespace softqd
