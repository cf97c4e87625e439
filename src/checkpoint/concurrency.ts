/** `work` of every item, at most `limit` at a time, results in order. The first failure is thrown after the running ones have ended. */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  let failed = false;
  const run = async (): Promise<void> => {
    while (next < items.length && !failed) {
      const index = next++;
      try {
        results[index] = await work(items[index]!, index);
      } catch (cause) {
        failed = true;
        throw cause;
      }
    }
  };
  const runs = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, run));
  const failure = runs.find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  return results;
}
