import { afterEach, expect, test, vi } from 'vitest';
import { RunLibrary } from './runLibrary';

const open = IDBFactory.prototype.open;
afterEach(() => {
  vi.restoreAllMocks();
  IDBFactory.prototype.open = open;
});

/** Lets the database fail to open `times` times, as it does while its files are held. */
function failing(times: number): { count: number } {
  const calls = { count: 0 };
  IDBFactory.prototype.open = function (...args) {
    if (calls.count++ < times) throw new DOMException('Internal error opening backing store for indexedDB.open.', 'UnknownError');
    return open.apply(this, args);
  };
  return calls;
}

test('a database that cannot be opened for a moment is opened then', async () => {
  const calls = failing(2);
  const library = await RunLibrary.open();
  expect(library.problem).toBeNull();
  expect(calls.count).toBe(3);
  library.close();
});

test('a database that cannot be opened is no empty library: what is wrong is said, and what to do', async () => {
  failing(Number.POSITIVE_INFINITY);
  const library = await RunLibrary.open();
  expect(library.problem).toMatchObject({
    kind: 'StorageError',
    message: expect.stringContaining('Internal error opening backing store'),
    safe: expect.stringContaining('was not touched'),
    todo: expect.stringContaining('Close other windows of this browser and reload'),
    actions: ['reload', 'download', 'dismiss'],
  });
  library.close();
});

test('a second copy that cannot be read is no reason not to open, and is said where the storage is described', async () => {
  vi.spyOn(StorageManager.prototype, 'getDirectory').mockRejectedValue(new DOMException('broken', 'UnknownError'));
  const library = await RunLibrary.open();
  expect(library.problem).toBeNull();
  const { findings } = await library.storage(null);
  expect(findings?.map(({ message }) => message)).toEqual([
    expect.stringContaining('the second copy of the catalogue failed with UnknownError'),
  ]);
  library.close();
});
