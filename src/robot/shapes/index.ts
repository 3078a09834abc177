export { boundingCapsule, type Capsule } from './bounding-capsule.ts';
export { meshPoints } from './mesh-points.ts';
export { boxPoints, capsulePoints, cylinderPoints } from './shape-points.ts';
