import { describe, expect, test } from 'vitest';
import { comparableLeaf, expectedItems, fixtureNames, fixtureStore } from '../../testing/checkpointLeaves';
import { openOrbax } from './orbax';

const fixtures = fixtureNames;

describe.each(fixtures)('%s', async (fixture) => {
  const items = await expectedItems(fixture);

  test.each([...items.keys()])('%s is read bit for bit', async (item) => {
    const store = await fixtureStore(`orbax/${fixture}/${item}`);
    const saved = await openOrbax(store, fixture);
    const found = await Promise.all(saved.leaves.map((leaf) => comparableLeaf(saved, leaf)));
    const wanted = items.get(item)!;
    expect(found.map(({ name }) => name).sort()).toEqual(wanted.map(({ name }) => name).sort());
    const byName = new Map(found.map((leaf) => [leaf.name, leaf]));
    for (const leaf of wanted) expect(byName.get(leaf.name), leaf.name).toEqual(leaf);
  });
});

test('a save that was interrupted before the merge is read from the parts', async () => {
  const store = await fixtureStore('orbax/e_multiproc2_new/premerge');
  const saved = await openOrbax(store, 'premerge', { unmerged: true });
  const found = await Promise.all(saved.leaves.map((leaf) => comparableLeaf(saved, leaf)));
  const wanted = (await expectedItems('e_multiproc2_new')).get('ckpt')!;
  const byName = new Map(found.map((leaf) => [leaf.name, leaf]));
  for (const leaf of wanted) expect(byName.get(leaf.name), leaf.name).toEqual(leaf);
});
