export { type AddonLookup, loadAddon } from './load-addon.ts';
export type {
  IsaName,
  NativeAddon,
  NativeEngineHandle,
  NativePolicyHandle,
  NativePolicyShape,
  NativeTensorInfo,
} from './native-addon.ts';
