/** The state of a Random: four 32-bit words and the spare normal (NaN when there is none). */
export interface RandomState {
  readonly words: readonly [number, number, number, number];
  readonly spareNormal: number | null;
}

/** A seeded random number generator. It is injected wherever random numbers are needed. */
export interface Random {
  /** Uniform in [0, 1) with 53 bits. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** Uniform integer in [0, n). */
  integer(n: number): number;
  /** Fills `out` with standard normals, the same as from repeated calls of `normal`, without boxing each number. */
  fillNormal(out: Float32Array | Float64Array): void;
  /** Fills `out` with uniform numbers in [low, high). */
  fillUniform(out: Float32Array, low: number, high: number): void;
  /** An independent stream. It depends only on the seed of this one and the label, not on the numbers generated so far. */
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
  /** Typed arrays, and methods without a return value: a boxed number would be an allocation for each random number. */
  private readonly words = new Int32Array(4);
  /** The latest pair of normals; the second is NaN once it was returned. */
  private readonly pair = Float64Array.of(NaN, NaN);
  private readonly one = new Float64Array(1);
  private readonly seed: number;

  constructor(seed: number) {
    this.seed = seed;
    const low = splitmix32(seed >>> 0);
    const high = splitmix32((Math.floor(seed / 4294967296) ^ 0x5bd1e995) >>> 0);
    const { words } = this;
    words[0] = low();
    words[1] = low();
    words[2] = low() ^ high();
    words[3] = low() ^ high();
    if (words.every((word) => word === 0)) words[0] = 1;
  }

  /** The next 32 random bits as a signed integer, which is never boxed. */
  private bits(): number {
    const { words } = this;
    const a = words[0]!;
    const b = words[1]!;
    const times5 = Math.imul(b, 5);
    const c = words[2]! ^ a;
    const d = words[3]! ^ b;
    words[0] = a ^ d;
    words[1] = b ^ c;
    words[2] = c ^ (b << 9);
    words[3] = (d << 11) | (d >>> 21);
    return Math.imul((times5 << 7) | (times5 >>> 25), 9);
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
    this.fillNormal(this.one);
    return this.one[0]!;
  }

  fillNormal(out: Float32Array | Float64Array): void {
    const { pair } = this;
    for (let i = 0; i < out.length; i++) {
      if (Number.isNaN(pair[1]!)) {
        this.nextNormalPair();
        out[i] = pair[0]!;
      } else {
        out[i] = pair[1]!;
        pair[1] = NaN;
      }
    }
  }

  /** Two normals at once, by the polar method. */
  private nextNormalPair(): void {
    for (;;) {
      const u = (this.bits() >>> 0) / 2147483648 - 1;
      const v = (this.bits() >>> 0) / 2147483648 - 1;
      const s = u * u + v * v;
      if (s >= 1 || s === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(s)) / s);
      this.pair[0] = u * factor;
      this.pair[1] = v * factor;
      return;
    }
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
    const [a = 0, b = 0, c = 0, d = 0] = this.words;
    const spare = this.pair[1]!;
    return { words: [a >>> 0, b >>> 0, c >>> 0, d >>> 0], spareNormal: Number.isNaN(spare) ? null : spare };
  }

  restore(state: RandomState): void {
    this.words.set(state.words);
    this.pair[1] = state.spareNormal ?? NaN;
  }
}
