const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A decimal number, as XML Schema's double without INF and NaN, blanks around it aside; null for another text. Infinite beyond 1.8e308. */
export function decimalNumber(text: string): number | null {
  const trimmed = text.trim();
  return DECIMAL.test(trimmed) ? Number(trimmed) : null;
}
