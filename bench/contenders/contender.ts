/** What each contender can be asked. Times are wall milliseconds inside the worker. */
export interface Contender {
  /** Says what it computes on, if it knows. */
  init(): Promise<string | undefined>;
  /** From nothing compiled to the loss of step 1. */
  firstStep(net: string): Promise<{ ms: number; loss: number }>;
  /** At least `steps` steps, waited for; says how many it ran. */
  train(net: string, steps: number): Promise<{ ms: number; steps: number; loss: number }>;
  /** `count` products of two n × n matrices, waited for. */
  matmul(n: number, count: number): Promise<{ ms: number }>;
}

const COUNTED: Readonly<Record<string, readonly string[]>> = {
  GPUComputePassEncoder: ['dispatchWorkgroups'],
  GPUQueue: ['submit', 'writeBuffer'],
  GPUDevice: ['createBuffer', 'createBindGroup', 'createComputePipeline', 'createComputePipelineAsync'],
};

/** Counts the WebGPU calls made from here on. */
function countCalls(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [type, methods] of Object.entries(COUNTED)) {
    const prototype = (globalThis as any)[type]?.prototype;
    for (const method of methods) {
      const original = prototype?.[method];
      if (!original) continue;
      prototype[method] = function (...args: unknown[]) {
        counts[method] = (counts[method] ?? 0) + 1;
        return original.apply(this, args);
      };
    }
  }
  return counts;
}

/** Answers the page's messages with `contender`'s results; `counts` gives the WebGPU calls so far. */
export function serve(contender: Contender): void {
  const counts = countCalls();
  globalThis.onmessage = async ({ data }: MessageEvent<{ id: number; method: keyof Contender | 'counts'; args: unknown[] }>) => {
    try {
      const value =
        data.method === 'counts' ? { ...counts } : await (contender[data.method] as (...args: unknown[]) => unknown)(...data.args);
      postMessage({ id: data.id, value });
    } catch (error) {
      postMessage({ id: data.id, error: String((error as Error).stack ?? error).slice(0, 1000) });
    }
  };
  postMessage({ ready: true });
}
