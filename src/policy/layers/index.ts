export { isLayerList, type Layer, layerList, layersOf, type LayerSpec } from './layers.ts';
