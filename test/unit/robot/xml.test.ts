import assert from 'node:assert/strict';
import { decodeXml, node, parseXml, xmlPlaces, xmlText } from '../../../src/robot/xml/index.ts';

const named = (text: string): string => parseXml(text, 'a.urdf').attributes['name']!;

describe('XML of a robot description', () => {
  it('is decoded as it declares', () => {
    const declared = '<?xml version="1.0" encoding="ISO-8859-1"?><robot name="bras-épaule"/>';
    assert.equal(named(decodeXml(Buffer.from(declared, 'latin1'), 'a.urdf')), 'bras-épaule');
    const wide = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('<robot name="é"/>', 'utf16le')]);
    assert.equal(named(decodeXml(wide, 'a.urdf')), 'é');
    const marked = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from('<robot name="é"/>')]);
    assert.equal(named(decodeXml(marked, 'a.urdf')), 'é');
  });

  it('is refused, with the encoding, where that is unknown or does not fit', () => {
    const unknown = Buffer.from('<?xml version="1.0" encoding="klingon-8"?><robot/>');
    assert.throws(() => decodeXml(unknown, 'a.urdf'), /a\.urdf: declares the encoding klingon-8, which is not known/);
    assert.throws(() => decodeXml(Buffer.from('<robot name="é"/>', 'latin1'), 'a.urdf'), /bytes that are not utf-8/);
  });

  it('may declare version 0.0, also after empty lines, and lines keep their numbers', () => {
    const { attributes, line } = parseXml('\n\n<?xml version="0.0"\n ?>\n<robot name="x"/>', 'a.urdf');
    assert.deepEqual([attributes['name'], line], ['x', 5]);
  });

  it('is written so that it reads back the same, and each line is known', () => {
    const odd = 'a"b<c>&\n\té';
    const text = xmlText(node('robot', { name: odd, at: [1, -0, 1e-9] }, [node('link', { none: undefined })]));
    const { attributes, children } = parseXml(text, 'a.xml');
    assert.deepEqual([attributes['name'], attributes['at'], children.length], [odd, '1 0 1e-9', 1]);
    assert.deepEqual(xmlPlaces(parseXml('<a>\n\n<b/></a>', 'f.xml')), ['f.xml:1', 'f.xml:3', 'f.xml:1']);
  });
});
