/** Bytes of the JS heap after a collection; undefined where the platform does not say. */
export async function heapBytes(): Promise<number | undefined> {
  const { gc, performance, process } = globalThis as unknown as {
    gc?: () => void;
    performance: { memory?: { readonly usedJSHeapSize: number } };
    process?: { memoryUsage?(): { readonly heapUsed: number } };
  };
  if (!gc) return undefined;
  for (let i = 0; i < 3; i++) {
    gc();
    // Finalizers run between tasks.
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return performance.memory?.usedJSHeapSize ?? process?.memoryUsage?.().heapUsed;
}

/** By how much `values` grow from one to the next: the slope of the line that fits them best. */
export function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const moments = values.reduce((sum, value, i) => sum + (i - middle) * value, 0);
  return moments / values.reduce((sum, _, i) => sum + (i - middle) ** 2, 0);
}
