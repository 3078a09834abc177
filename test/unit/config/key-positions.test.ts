import assert from 'node:assert/strict';
import fc from 'fast-check';
import JSON5 from 'json5';
import { findKeys } from '../../../src/config/key-positions.ts';

const TRICKY = `// { not: 'a key' }
{
  a: 1, "b c": { d: [1, { e: 2 }, 'x}y'], /* f: 3, */ g: "quoted \\" : { h: 1",
    'i': -.5e3, },
  // j: 1
  k: { l: { m: null } }, 'n.o': Infinity,
}`;

describe('findKeys', () => {
  it('finds line and column of every key, past comments, strings, arrays and trailing commas', () => {
    JSON5.parse(TRICKY);
    const { positions, duplicates } = findKeys(TRICKY);
    assert.deepEqual(
      [...positions].map(([path, { line, column }]) => `${path} ${line}:${column}`),
      ['a 3:3', 'b c 3:9', 'b c.d 3:18', 'b c.g 3:55', 'b c.i 4:5', 'k 6:3', 'k.l 6:8', 'k.l.m 6:13', 'n.o 6:26'],
    );
    assert.deepEqual(duplicates, []);
  });

  it('reports a key that is repeated in one object, not one name in two objects', () => {
    const { duplicates } = findKeys('{ a: { x: 1 }, b: { x: 1 },\n a: 2 }');
    assert.deepEqual(duplicates, [{ path: 'a', position: { line: 2, column: 2 } }]);
  });

  it('finds the same keys as the parser in any object, however it is laid out', () => {
    const key = fc.oneof(fc.stringMatching(/^[a-z$_][a-zA-Z0-9]{0,6}$/), fc.stringMatching(/^[ a-z:{},/]{1,8}$/));
    const tree = fc.letrec((tie) => ({
      object: fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
      value: fc.oneof(
        { maxDepth: 3 },
        fc.integer(),
        fc.string(),
        fc.constant(null),
        fc.array(fc.string()),
        tie('object'),
      ),
    })).object;
    fc.assert(
      fc.property(tree, fc.constantFrom('', ' ', '\t', 2, 4), (value, space) => {
        const text = JSON5.stringify(value, null, space);
        const expected: string[] = [];
        const visit = (part: unknown, prefix: string): void => {
          if (typeof part !== 'object' || part === null || Array.isArray(part)) return;
          for (const [name, inner] of Object.entries(part)) {
            const path = prefix === '' ? name : `${prefix}.${name}`;
            expected.push(path);
            visit(inner, path);
          }
        };
        visit(value, '');
        const { positions, duplicates } = findKeys(text);
        assert.deepEqual(new Set([...positions.keys(), ...duplicates.map(({ path }) => path)]), new Set(expected));
        for (const { line, column } of positions.values()) {
          assert.ok(line >= 1 && line <= text.split('\n').length && column >= 1);
        }
      }),
    );
  });
});
