import { libraryContract } from './libraryContract';
import { openLibrary } from './openLibrary';

libraryContract('the library of this browser, on the main thread', 9_000_000, () =>
  openLibrary({ name: `library-${crypto.randomUUID()}` }),
);
