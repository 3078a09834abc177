// Which kernels this processor can run, best first.
#pragma once
#include <cstring>

#include "core.h"

namespace softqd {

/** Kernels by name, or the best; null when the name is unknown or this processor cannot run it. */
inline const Kernels* chooseKernels(const char* name) {
  const Kernels* found[4];
  int n = 0;
#if defined(__x86_64__)
#if defined(SOFTQD_HAS_AVX512)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl"))
    found[n++] = avx512::kernels();
#endif
#if defined(SOFTQD_HAS_AVX2)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) found[n++] = avx2::kernels();
#endif
#endif
#if defined(SOFTQD_HAS_NEON)
  found[n++] = neon::kernels();
#endif
  found[n++] = portable::kernels();
  if (!name || !*name) return found[0];
  for (int i = 0; i < n; i++)
    if (!std::strcmp(found[i]->name, name)) return found[i];
  return nullptr;
}

}  // namespace softqd
