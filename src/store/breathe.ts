/** How much work the thread does before it lets others in. */
const BREATHER_BYTES = 2 * 1024 * 1024;

interface TaskScheduler {
  postTask(task: () => void): Promise<void>;
}

/** Lets the thread do something else, a training step say, when `done` bytes have passed a multiple of a few megabytes. */
export async function breathe(done: number): Promise<void> {
  if (done === 0 || done % BREATHER_BYTES !== 0) return;
  // A timer in a row of timers waits at least 4 ms, which adds up; a task does not.
  const { scheduler } = globalThis as { scheduler?: TaskScheduler };
  if (scheduler) await scheduler.postTask(() => {});
  else await new Promise((resolve) => setTimeout(resolve));
}
