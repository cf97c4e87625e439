/** Far above what any hostile file takes on a busy machine: past it, something hangs. */
const DEADLINE_MS = 2000;
/** Most memory for elements that reading one hostile file may take. */
const MEMORY_BYTES = 256 * 1024 * 1024;

/** Memory behind typed arrays that is not given back yet; 0 where the platform does not tell. */
const arrayBytes = (): number => globalThis.process?.memoryUsage?.().arrayBuffers ?? 0;

/** Reads a hostile file: its result or its error. An error of its own when it took far too long or too much memory. */
export async function bounded(read: () => Promise<unknown>, what: string): Promise<{ readonly error?: unknown }> {
  const [start, bytes] = [performance.now(), arrayBytes()];
  const outcome: { error?: unknown } = await read().then(
    () => ({}),
    (error: unknown) => ({ error }),
  );
  const [elapsed, taken] = [performance.now() - start, arrayBytes() - bytes];
  if (elapsed > DEADLINE_MS) throw new Error(`${what}: ${elapsed} ms`);
  if (taken > MEMORY_BYTES) throw new Error(`${what}: ${taken} bytes of memory`);
  return outcome;
}
