export { isStickyFault, StickyFaults, type StickyFault } from './sticky-faults.ts';
