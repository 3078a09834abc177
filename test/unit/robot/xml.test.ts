import assert from 'node:assert/strict';
import {
  decimalNumber,
  decodeXml,
  node,
  parseXml,
  XmlReader,
  xmlPlaces,
  xmlText,
} from '../../../src/robot/xml/index.ts';

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

  it('has the characters of windows-1252 where it declares that, or Latin-1', () => {
    for (const encoding of ['windows-1252', 'CP1252', 'ISO-8859-1']) {
      const bytes = Buffer.from(
        `<?xml version="1.0" encoding="${encoding}"?><robot name="a\x92b\x80\xe9\x9f"/>`,
        'latin1',
      );
      assert.equal(named(decodeXml(bytes, 'a.urdf')), 'a’b€éŸ');
    }
    const none = Buffer.from('<?xml version="1.0" encoding="windows-1252"?>\n<robot name="\x81"/>', 'latin1');
    assert.throws(() => decodeXml(none, 'a.urdf'), /a\.urdf:2: has bytes that are not windows-1252: 0x81 at offset 59/);
  });

  it('is refused, with encoding and place, where its bytes do not fit', () => {
    for (const [declared, name, message] of [
      ['', Buffer.from('é', 'latin1'), /a\.urdf:2: has bytes that are not utf-8: 0xe9 at offset 35/],
      ['US-ASCII', Buffer.from('é'), /a\.urdf:2: has bytes that are not US-ASCII: 0xc3 at offset 55/],
      ['ascii', Buffer.from('\x92', 'latin1'), /a\.urdf:2: has bytes that are not ascii: 0x92 at offset 52/],
      ['Shift_JIS', Buffer.from([0xff]), /a\.urdf:2: has bytes that are not Shift_JIS: 0xff at offset 56/],
    ] as const) {
      const head = `<?xml version="1.0"${declared === '' ? '' : ` encoding="${declared}"`}?>\n<robot name="`;
      const bytes = Buffer.concat([Buffer.from(head), name, Buffer.from('"/>')]);
      assert.throws(() => decodeXml(bytes, 'a.urdf'), message);
    }
    const odd = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('<a/>', 'utf16le'), Buffer.from([0x0a])]);
    assert.throws(() => decodeXml(odd, 'a.urdf'), /not utf-16le: 0x0a at offset 10/);
  });

  it('is refused by name, with the command that converts it, in an encoding that is not known', () => {
    const wide = (text: string, width: number, at: number): Buffer =>
      Buffer.from(
        [...Buffer.from(text)].flatMap((byte) => Array.from({ length: width }, (_, i) => (i === at ? byte : 0))),
      );
    const ebcdic = '4c6fa7944085958396848995877e7fc9c2d4f0f3f77f6f6e4c61';
    for (const [bytes, encoding] of [
      [Buffer.from('<?xml version="1.0" encoding="klingon-8"?><robot/>'), 'klingon-8'],
      [wide('<robot/>', 4, 0), 'utf-32le'],
      [wide('<robot/>', 4, 3), 'utf-32be'],
      [Buffer.concat([Buffer.from([0xff, 0xfe, 0, 0]), wide('<robot/>', 4, 0)]), 'utf-32le'],
      [Buffer.from(ebcdic, 'hex'), 'IBM037'],
    ] as const) {
      assert.throws(
        () => decodeXml(bytes, 'a.urdf'),
        (error: Error & { hint?: string }) =>
          error.message === `a.urdf: declares the encoding ${encoding}, which is not known` &&
          error.hint!.includes(`iconv -f ${encoding} -t UTF-8 a.urdf > utf8-a.urdf`),
        encoding,
      );
    }
    assert.equal(decodeXml(wide('\n<a/>', 2, 1), 'a.urdf'), '\n<a/>');
    for (const encoding of ['UTF-16', 'UTF-32', 'ISO-10646-UCS-2'])
      assert.throws(
        () => decodeXml(Buffer.from(`<?xml version="1.0" encoding="${encoding}"?><robot/>`), 'a.urdf'),
        new RegExp(`declares the encoding ${encoding}, but has one byte for each character`),
      );
  });

  it('has decimal numbers only', () => {
    for (const [text, value] of [
      [' -1.5 ', -1.5],
      ['+.5e-1', 0.05],
      ['5.', 5],
    ] as const)
      // prettier-ignore
      assert.equal(decimalNumber(text), value);
    for (const text of ['0x1', '0b1', '0o7', '', '1,5', '.', '1e', 'Infinity', 'nan', '1 2', '1_0'])
      assert.equal(decimalNumber(text), null, text);
    const { element } = new XmlReader(parseXml('<a n="0x1" v="0 0x1 0"/>', 'a.urdf'));
    assert.throws(() => new XmlReader(element).number('n'), /has n="0x1": must be a number/);
    assert.throws(() => new XmlReader(element).vector('v', [0, 0, 0]), /has v="0x1": must be a number/);
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
