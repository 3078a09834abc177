/** What a Random needs to go on exactly where it stopped: four 32-bit words and the spare normal (NaN when none). */
export interface RandomState {
  readonly words: readonly [number, number, number, number];
  readonly spareNormal: number | null;
}

/** A repeatable source of chance, injected wherever chance is needed. */
export interface Random {
  /** Uniform in [0, 1) with 53 bits. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** Uniform integer in [0, n). */
  integer(n: number): number;
  /** Fills `out` with standard normals. */
  fillNormal(out: Float32Array): void;
  /** Fills `out` with uniform numbers in [low, high). */
  fillUniform(out: Float32Array, low: number, high: number): void;
  /** An independent stream that depends only on this one's seed and the label, not on what was drawn from it. */
  fork(label: string): Random;
  save(): RandomState;
  restore(state: RandomState): void;
}

/** splitmix32: spreads one 32-bit seed over a state. */
function splitmix32(seed: number): () => number {
  let z = seed >>> 0;
  return () => {
    z = (z + 0x9e3779b9) >>> 0;
    let t = z ^ (z >>> 16);
    t = Math.imul(t, 0x21f0aaad);
    t ^= t >>> 15;
    t = Math.imul(t, 0x735a2d97);
    return (t ^ (t >>> 15)) >>> 0;
  };
}

/** FNV-1a over UTF-16 units: turns a label into a seed. */
function hashLabel(label: string, seed: number): number {
  let h = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = 0; i < label.length; i++) {
    h ^= label.charCodeAt(i);
    h = Math.imul(h, 0x01000193);
  }
  return h >>> 0;
}

/** xoshiro128** 1.1 (Blackman and Vigna 2018) seeded by splitmix32; normals by the polar method of Marsaglia. */
export class XoshiroRandom implements Random {
  private a = 0;
  private b = 0;
  private c = 0;
  private d = 0;
  private spare: number | null = null;
  private readonly seed: number;

  constructor(seed: number) {
    this.seed = seed;
    const low = splitmix32(seed >>> 0);
    const high = splitmix32((Math.floor(seed / 4294967296) ^ 0x5bd1e995) >>> 0);
    this.a = low();
    this.b = low();
    this.c = (low() ^ high()) >>> 0;
    this.d = (low() ^ high()) >>> 0;
    if ((this.a | this.b | this.c | this.d) === 0) this.a = 1;
  }

  /** The next 32 random bits, unsigned. */
  private bits(): number {
    const times5 = Math.imul(this.b, 5);
    const result = Math.imul((times5 << 7) | (times5 >>> 25), 9) >>> 0;
    const t = this.b << 9;
    this.c ^= this.a;
    this.d ^= this.b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= t;
    this.d = (this.d << 11) | (this.d >>> 21);
    return result;
  }

  uniform(): number {
    const high = this.bits() >>> 5;
    const low = this.bits() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  integer(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  normal(): number {
    if (this.spare !== null) {
      const spare = this.spare;
      this.spare = null;
      return spare;
    }
    for (;;) {
      const u = this.bits() / 2147483648 - 1;
      const v = this.bits() / 2147483648 - 1;
      const s = u * u + v * v;
      if (s >= 1 || s === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(s)) / s);
      this.spare = v * factor;
      return u * factor;
    }
  }

  fillNormal(out: Float32Array): void {
    for (let i = 0; i < out.length; i++) out[i] = this.normal();
  }

  fillUniform(out: Float32Array, low: number, high: number): void {
    const scale = (high - low) / 16777216;
    for (let i = 0; i < out.length; i++) out[i] = low + (this.bits() >>> 8) * scale;
  }

  fork(label: string): XoshiroRandom {
    return new XoshiroRandom(
      hashLabel(label, this.seed >>> 0) * 4294967296 + hashLabel(`${label}/`, (this.seed * 2654435761) >>> 0),
    );
  }

  save(): RandomState {
    return { words: [this.a >>> 0, this.b >>> 0, this.c >>> 0, this.d >>> 0], spareNormal: this.spare };
  }

  restore(state: RandomState): void {
    [this.a, this.b, this.c, this.d] = state.words;
    this.spare = state.spareNormal;
  }
}
