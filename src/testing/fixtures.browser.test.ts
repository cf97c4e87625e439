import { expect, test } from 'vitest';
import { listFixtures, readFixtureFiles, readJsonFixture } from './fixtures';

test('every checkpoint fixture has its expected.json', () => {
  const names = new Set(listFixtures('orbax/').flatMap((path) => (path.split('/').length > 2 ? [path.split('/')[1]!] : [])));
  expect(names.size).toBe(48);
  for (const name of names) expect(listFixtures(`orbax/${name}/expected.json`)).toHaveLength(1);
});

test('fixtures are read as bytes and as JSON', async () => {
  const files = await readFixtureFiles('orbax/a_guide_state_new/ckpt');
  expect(files.get('manifest.ocdbt')?.byteLength).toBe(113);
  const expected = await readJsonFixture('orbax/a_guide_state_new/expected.json');
  expect(Object.keys(expected)).toContain('items');
});
