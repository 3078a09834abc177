// The random numbers of one update: sixteen interleaved xoshiro128++ 1.0 streams (Blackman and Vigna 2019), normals by Box-Muller.
// Sixteen on every instruction set, so that the uniform bits are the same everywhere.
#pragma once
#include "layout.h"
#include "math.h"

namespace softqd {
namespace SOFTQD_NS {

struct Streams {
  static constexpr int pieces = 16 / Vec::lanes;
  Vec::U s[4][pieces];

  Streams(uint32_t a, uint32_t b) {
    uint64_t x = (uint64_t(a) << 32) | b;
    alignas(64) uint32_t words[4][16];
    for (int lane = 0; lane < 16; lane++)
      for (int k = 0; k < 4; k += 2) {
        x += 0x9e3779b97f4a7c15ull;  // splitmix64
        uint64_t z = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
        z ^= z >> 31;
        words[k][lane] = uint32_t(z);
        words[k + 1][lane] = uint32_t(z >> 32);
      }
    for (int k = 0; k < 4; k++) std::memcpy(s[k], words[k], sizeof words[k]);
  }

  static SOFTQD_INLINE Vec::U rotate(Vec::U x, int k) { return (x << k) | (x >> (32 - k)); }

  /** 24 random bits per lane. */
  SOFTQD_INLINE void bits(Vec::I out[pieces]) {
    for (int i = 0; i < pieces; i++) {
      Vec::U r = rotate(s[0][i] + s[3][i], 7) + s[0][i];
      Vec::U t = s[1][i] << 9;
      s[2][i] ^= s[0][i];
      s[3][i] ^= s[1][i];
      s[1][i] ^= s[2][i];
      s[0][i] ^= s[3][i];
      s[2][i] ^= t;
      s[3][i] = rotate(s[3][i], 11);
      out[i] = (Vec::I)(r >> 8);
    }
  }

  static void give(float* out, int64_t& at, int64_t count, const float* from, int n) {
    const int64_t take = count - at < n ? count - at : n;
    std::memcpy(out + at, from, size_t(take) * 4);
    at += take;
  }

  void normals(float* out, int64_t count) {
    alignas(64) float pair[32];
    for (int64_t at = 0; at < count;) {
      Vec::I a[pieces], b[pieces];
      bits(a);
      bits(b);
      for (int i = 0; i < pieces; i++) {
        F u = Vec::fma(Vec::toFloat(a[i]), Vec::set(1.0f / 16777216), Vec::set(0.5f / 16777216));
        F r = Vec::sqrt(vlog(u) * Vec::set(-2.0f)), c, s1;
        vcosSinTurn(Vec::toFloat(b[i]) * Vec::set(1.0f / 16777216), c, s1);
        Vec::store(pair + i * Vec::lanes, r * c);
        Vec::store(pair + 16 + i * Vec::lanes, r * s1);
      }
      give(out, at, count, pair, 32);
    }
  }

  /** Uniform in [low, low + width). */
  void uniform(float* out, int64_t count, float low, float width) {
    alignas(64) float some[16];
    for (int64_t at = 0; at < count;) {
      Vec::I a[pieces];
      bits(a);
      for (int i = 0; i < pieces; i++)
        Vec::store(some + i * Vec::lanes, Vec::fma(Vec::toFloat(a[i]), Vec::set(width / 16777216), Vec::set(low)));
      give(out, at, count, some, 16);
    }
  }
};

/** Generates only the noise that these options use and that the updates ahead read. */
static void drawNoise(const Options& o, const NoiseView& n, uint32_t a, uint32_t b) {
  Streams streams(a, b);
  const int64_t batch = o.batchSize, d = o.actionSize, latent = o.latentSize, samples = batch * o.valueSamples;
  const NoiseUse use = noiseUse(o);
  if (o.latent != Latent::zero && n.valueLatents && use.latents) streams.normals(n.valueLatents, samples * latent);
  if (n.valueJitter && use.jitter) streams.normals(n.valueJitter, samples * d);
  if (n.valueUniform && use.uniform) streams.uniform(n.valueUniform, samples * d, -1.0f, 2.0f);
  if (n.valueChoice && use.choice) streams.uniform(n.valueChoice, samples, 0.0f, 1.0f);
  if (o.latent == Latent::zero || !n.fixedLatents) return;
  streams.normals(n.fixedLatents, batch * o.fixedParticles * latent);
  if (!o.sharedParticles) streams.normals(n.updatedLatents, batch * o.updatedParticles * latent);
}

}  // namespace SOFTQD_NS
}  // namespace softqd
