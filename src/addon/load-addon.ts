import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { IsaName, NativeAddon } from './native-addon.ts';

/** The version of NativeAddon that this code was written for. */
const ABI = 5;

/** The addon, or the reason why it is not available in one line. */
export type AddonResult =
  | { readonly addon: NativeAddon; readonly isa: IsaName; readonly path: string }
  | { readonly addon: null; readonly reason: string };

/** Where it is, parallel to src/ and dist/: built by `npm ci` in native/build/, else what the package contains for this machine. */
function addonPath(): string {
  const built = fileURLToPath(new URL('../../native/build/softqd_native.node', import.meta.url));
  return existsSync(built) ? built : prebuiltPath('softqd_native.node');
}

/** A file of the package that was compiled for this operating system and processor. */
export function prebuiltPath(name: string): string {
  return fileURLToPath(new URL(`../../prebuilt/${process.platform}-${process.arch}/${name}`, import.meta.url));
}

function explain(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [line = ''] = message.split('\n');
  return `cannot load the native addon: built for a different Node.js version, operating system or CPU (${line})`;
}

/**
 * Loads the native addon and checks that it matches this code and this processor. Never throws.
 * Environment: SOFTQD_ADDON = another file, or `none`; SOFTQD_ISA = avx512 | avx2 | neon | portable instead of the best one.
 */
export function loadAddon(env: Readonly<Record<string, string | undefined>> = process.env): AddonResult {
  const path = env['SOFTQD_ADDON'] ?? addonPath();
  if (path === 'none') return { addon: null, reason: 'disabled by SOFTQD_ADDON=none' };
  if (!existsSync(path)) {
    return {
      addon: null,
      reason: 'not built (requires a C++ compiler; run node scripts/build-native.mjs for details)',
    };
  }
  let addon: NativeAddon;
  try {
    addon = createRequire(import.meta.url)(path) as NativeAddon;
  } catch (error) {
    return { addon: null, reason: explain(error) };
  }
  if (addon.abi !== ABI) {
    return {
      addon: null,
      reason: `built for a different softqd version (${addon.abi}, expected ${ABI}): run node scripts/build-native.mjs`,
    };
  }
  const wanted = env['SOFTQD_ISA'];
  const isas = addon.isas();
  if (wanted === undefined || wanted === '') return { addon, isa: isas[0]!, path };
  const isa = isas.find((name) => name === wanted);
  if (isa === undefined) {
    return { addon: null, reason: `SOFTQD_ISA=${wanted} is not available here, only ${isas.join(', ')}` };
  }
  return { addon, isa, path };
}
