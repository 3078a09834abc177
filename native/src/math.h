// Elementary functions on vectors. Polynomials: Cephes (Moshier) expf, logf, tanhf; about 1-2 units in the last place.
// NaN is propagated, so that it reaches the finite check.
#pragma once
#include "vec.h"

namespace softqd {
namespace SOFTQD_NS {

using F = Vec::F;
using I = Vec::I;

/** e^x; 0 below -87.3, clamped at 88.3. */
static SOFTQD_INLINE F vexp(F x0) {
  const F low = Vec::set(-87.3f);
  F x = x0 > Vec::set(88.3f) ? Vec::set(88.3f) : x0;
  x = x < low ? low : x;
  const F magic = Vec::set(12582912.0f);
  F n = Vec::fma(x, Vec::set(1.44269504088896341f), magic) - magic;
  F r = Vec::fma(n, Vec::set(-0.693359375f), x);
  r = Vec::fma(n, Vec::set(2.12194440e-4f), r);
  F p = Vec::set(1.9875691500e-4f);
  p = Vec::fma(p, r, Vec::set(1.3981999507e-3f));
  p = Vec::fma(p, r, Vec::set(8.3334519073e-3f));
  p = Vec::fma(p, r, Vec::set(4.1665795894e-2f));
  p = Vec::fma(p, r, Vec::set(1.6666665459e-1f));
  p = Vec::fma(p, r, Vec::set(5.0000001201e-1f));
  p = Vec::fma(p, r * r, r) + Vec::set(1.0f);
  F scale = (F)((Vec::toInt(n) + Vec::seti(127)) << 23);
  F y = p * scale;
  return x0 < low ? F{} : y;
}

/** Natural logarithm of x > 0 (normal numbers). */
static SOFTQD_INLINE F vlog(F x) {
  I bits = (I)x;
  I e = (bits >> 23) - Vec::seti(126);
  F m = (F)((bits & Vec::seti(0x007fffff)) | Vec::seti(0x3f000000));  // [0.5, 1)
  I low = m < Vec::set(0.707106781186547524f);
  F ef = Vec::toFloat(e + low);  // a true comparison is -1
  m = m + (F)((I)m & low) - Vec::set(1.0f);
  F z = m * m;
  F p = Vec::set(7.0376836292e-2f);
  p = Vec::fma(p, m, Vec::set(-1.1514610310e-1f));
  p = Vec::fma(p, m, Vec::set(1.1676998740e-1f));
  p = Vec::fma(p, m, Vec::set(-1.2420140846e-1f));
  p = Vec::fma(p, m, Vec::set(1.4249322787e-1f));
  p = Vec::fma(p, m, Vec::set(-1.6668057665e-1f));
  p = Vec::fma(p, m, Vec::set(2.0000714765e-1f));
  p = Vec::fma(p, m, Vec::set(-2.4999993993e-1f));
  p = Vec::fma(p, m, Vec::set(3.3333331174e-1f));
  p = p * m * z;
  p = Vec::fma(ef, Vec::set(-2.12194440e-4f), p);
  p = Vec::fma(z, Vec::set(-0.5f), p);
  F y = m + p;
  y = Vec::fma(ef, Vec::set(0.693359375f), y);
  return x == x ? y : x;
}

static SOFTQD_INLINE F vtanh(F x) {
  F a = Vec::abs(x);
  F z = x * x;
  F p = Vec::set(-5.70498872745e-3f);
  p = Vec::fma(p, z, Vec::set(2.06390887954e-2f));
  p = Vec::fma(p, z, Vec::set(-5.37397155531e-2f));
  p = Vec::fma(p, z, Vec::set(1.33314422036e-1f));
  p = Vec::fma(p, z, Vec::set(-3.33332819422e-1f));
  F nearZero = Vec::fma(p * z, x, x);
  F big = Vec::set(1.0f) - Vec::set(2.0f) / (vexp(a + a) + Vec::set(1.0f));
  F farOff = (F)((I)big | ((I)x & Vec::seti(int32_t(0x80000000u))));
  F y = a < Vec::set(0.625f) ? nearZero : farOff;
  return x == x ? y : x;
}

/** log(1 - tanh(u)^2) = 2 (log 2 - |u| - log1p(exp(-2|u|))): exact where 1 - a*a would cancel. */
static SOFTQD_INLINE F vlogOneMinusTanh2(F u) {
  F a = Vec::abs(u);
  F t = vexp(a * Vec::set(-2.0f));
  return Vec::set(2.0f) * (Vec::set(0.69314718056f) - a - vlog(Vec::set(1.0f) + t));
}

/** atanh of |a| < 1 by logarithms. */
static SOFTQD_INLINE F vatanh(F a) {
  F far = Vec::set(0.5f) * vlog((Vec::set(1.0f) + a) / (Vec::set(1.0f) - a));
  F z = a * a;
  F p = Vec::set(1.0f / 9);
  p = Vec::fma(p, z, Vec::set(1.0f / 7));
  p = Vec::fma(p, z, Vec::set(1.0f / 5));
  p = Vec::fma(p, z, Vec::set(1.0f / 3));
  F nearZero = Vec::fma(p * z, a, a);
  return z < Vec::set(0.01f) ? nearZero : far;
}

/** cos and sin of the angle 2 pi t, t in [0, 1), up to a fixed permutation of the quadrants (enough for Box-Muller). */
static SOFTQD_INLINE void vcosSinTurn(F t, F& c, F& s) {
  F q = t * Vec::set(4.0f);
  I qi = Vec::toInt(q);
  F x = (q - Vec::toFloat(qi) - Vec::set(0.5f)) * Vec::set(1.57079632679489662f);  // [-pi/4, pi/4)
  F z = x * x;
  F sp = Vec::set(-1.9515295891e-4f);
  sp = Vec::fma(sp, z, Vec::set(8.3321608736e-3f));
  sp = Vec::fma(sp, z, Vec::set(-1.6666654611e-1f));
  F sn = Vec::fma(sp * z, x, x);
  F cp = Vec::set(2.443315711809948e-5f);
  cp = Vec::fma(cp, z, Vec::set(-1.388731625493765e-3f));
  cp = Vec::fma(cp, z, Vec::set(4.166664568298827e-2f));
  F cs = Vec::fma(cp * z, z, Vec::fma(z, Vec::set(-0.5f), Vec::set(1.0f)));
  I odd = (qi & Vec::seti(1)) != I{};
  I flip = (qi & Vec::seti(2)) << 30;
  F c1 = odd ? -sn : cs;
  F s1 = odd ? cs : sn;
  c = (F)((I)c1 ^ flip);
  s = (F)((I)s1 ^ flip);
}

}  // namespace SOFTQD_NS
}  // namespace softqd
