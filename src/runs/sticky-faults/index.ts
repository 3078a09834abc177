export { isStickyFault, keptFaults, StickyFaults, type StickyFault } from './sticky-faults.ts';
