export { decimalNumber } from './decimal-number.ts';
export { decodeXml } from './decode-xml.ts';
export { XmlReader } from './xml-reader.ts';
export { node, xmlPlaces, xmlText, type XmlNode } from './xml-text.ts';
export { parseXml, type XmlElement } from './xml-tree.ts';
