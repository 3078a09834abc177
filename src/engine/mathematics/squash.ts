const LOG_2 = Math.log(2);

/** log(1 - tanh(u)^2) = 2 (log 2 - u - softplus(-2u)), exact also where tanh(u) rounds to 1. */
export function logSlope(u: number): number {
  const x = -2 * u;
  const softplus = x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
  return 2 * (LOG_2 - u - softplus);
}

/** Sum of logSlope over the elements [start, start + size). */
export function sumLogSlope(u: Float32Array, start: number, size: number): number {
  let sum = 0;
  for (let i = start; i < start + size; i++) sum += logSlope(u[i]!);
  return sum;
}
