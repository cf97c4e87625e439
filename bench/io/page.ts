/** Runs the bench in a worker, where the engine lives too, and hands its figures to whoever drives the page. */
function measure(): Promise<unknown> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage('go');
  });
}

Object.assign(globalThis, { measure });
