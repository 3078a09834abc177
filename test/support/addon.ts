import { type IsaName, loadAddon, type NativeAddon } from '../../src/addon/index.ts';
import { skipUnless } from './skips.ts';

/** The addon of this checkout; skips the suite, with the reason, where it was not built. */
export function requireAddon(context: { skip(): never }): { addon: NativeAddon; isa: IsaName } {
  const found = loadAddon();
  skipUnless(context, found.addon !== null, `native addon: ${found.addon === null ? found.reason : ''}`);
  return found as { addon: NativeAddon; isa: IsaName };
}
