import index from './fixtures/index.json';

const isNode = typeof process !== 'undefined' && process.versions?.node !== undefined;

/** Paths of all fixture files below `prefix`, relative to `src/testing/fixtures`, sorted. */
export function listFixtures(prefix = ''): string[] {
  return (index as string[]).filter((path) => path.startsWith(prefix));
}

/** Bytes of a fixture file, in Node from disk and in the browser from the test server. */
export async function readFixture(path: string): Promise<Uint8Array> {
  if (isNode) {
    const { readFile } = await import(/* @vite-ignore */ 'node:fs/promises');
    return new Uint8Array(await readFile(new URL(`./fixtures/${path}`, import.meta.url)));
  }
  const response = await fetch(`/@fixtures/${path}`);
  if (!response.ok) throw new Error(`Fixture ${path}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** A JSON fixture. */
export async function readJsonFixture<T = any>(path: string): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await readFixture(path)));
}

/** Every file of one checkpoint fixture as a map from its path inside the checkpoint: `orbax/a_guide_state_new/ckpt`. */
export async function readFixtureFiles(directory: string): Promise<Map<string, Uint8Array>> {
  const prefix = `${directory}/`;
  const files = listFixtures(prefix);
  const contents = await Promise.all(files.map(readFixture));
  return new Map(files.map((file, i) => [file.slice(prefix.length), contents[i]!]));
}
