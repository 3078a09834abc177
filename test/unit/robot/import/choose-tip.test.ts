import assert from 'node:assert/strict';
import { chooseTip, type TreeLink } from '../../../../src/robot/import/index.ts';

/** Links as "name<parent": one joint each; "name=parent": fixed; "name~parent": not driven. */
function tree(...parts: string[]): TreeLink[] {
  const links: TreeLink[] = [{ name: 'base', parent: null, joints: 0, placed: true }];
  for (const part of parts) {
    const [, name, kind, parent] = /^(\w+)([<=~])(\w+)$/.exec(part)!;
    const placed = kind !== '~' && links.find((link) => link.name === parent)!.placed;
    links.push({ name: name!, parent: parent!, joints: kind === '<' ? 1 : 0, placed });
  }
  return links;
}

const ARM = ['a<base', 'b<a', 'c<b'];
const tipOf = (...parts: string[]): string | null => chooseTip(tree(...parts))?.tip ?? null;

describe('the tip of an arm', () => {
  it('is the only leaf link', () => {
    assert.equal(tipOf(...ARM), 'c');
    assert.equal(tipOf('a=base'), null);
  });

  it('is the link of a name in use, the more exact one first', () => {
    assert.equal(tipOf(...ARM, 'camera=c', 'tool0=c'), 'tool0');
    assert.equal(tipOf(...ARM, 'tool0=c', 'hand_tcp=c'), 'hand_tcp');
    assert.equal(tipOf(...ARM, 'flange=c', 'jaw<c', 'gripper_frame_link=c'), 'gripper_frame_link');
  });

  it('is the palm that carries all fingers, whether they are driven or not', () => {
    assert.equal(tipOf(...ARM, 'hand=c', 'left<hand', 'right<hand'), 'hand');
    assert.equal(tipOf(...ARM, 'hand=c', 'left~hand', 'right~hand'), 'hand');
    assert.equal(tipOf(...ARM, 'hand=c', 'left<hand', 'right~hand', 'camera=base'), 'hand');
  });

  it('is not a link before a joint that is not driven, when that joint is part of the arm', () => {
    const unplaced = (...parts: string[]): unknown => chooseTip(tree(...parts));
    assert.deepEqual(unplaced('a<base', 'b~a', 'c<b'), { tip: null, unplaced: 'c' });
    assert.deepEqual(unplaced('a<base', 'b~a', 'hand<b', 'left<hand', 'right<hand'), { tip: null, unplaced: 'hand' });
    assert.deepEqual(unplaced(...ARM, 'd~c', 'tool0=d', 'rod~c'), { tip: null, unplaced: 'tool0' });
    assert.deepEqual(unplaced(...ARM, 'd~c', 'camera=base'), { tip: null, unplaced: 'd' });
  });

  it('does not exist for legs, two arms, or a name that two links have', () => {
    assert.equal(tipOf('l1<base', 'l2<l1', 'r1<base', 'r2<r1'), null);
    assert.equal(tipOf('l1<base', 'l2<l1', 'l_tcp=l2', 'r1<base', 'r2<r1', 'r_tcp=r2'), null);
    assert.equal(tipOf('left<base', 'right<base', 'caster=base'), null);
  });
});
