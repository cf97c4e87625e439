import { describe, expect, it } from 'vitest';
import { LinnetError } from '#linnet/core';
import { CommandQueue, type Job } from './commandQueue';
import { newCounters } from './counters';

/** A device that records the order of what it is told. */
function fakeDevice() {
  const log: string[] = [];
  const device = {
    createCommandEncoder: () => ({
      beginComputePass: () => ({ end: () => log.push('end pass') }),
      copyBufferToBuffer: () => log.push('copy'),
      finish: () => ({}),
    }),
    queue: { submit: () => log.push('submit'), writeBuffer: () => log.push('write') },
  };
  return { device: device as unknown as GPUDevice, log };
}

const buffer = {} as GPUBuffer;
const dispatch = (log: string[], name: string): Job => ({
  encode: (recorder) => {
    recorder.pass();
    log.push(name);
    recorder.count(1, 1);
  },
});
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

describe('the command queue', () => {
  it('puts the jobs of a turn into one submit', async () => {
    const { device, log } = fakeDevice();
    const counters = newCounters();
    const queue = new CommandQueue(device, counters, () => undefined);
    for (const name of ['a', 'b', 'c']) queue.enqueue(dispatch(log, name));
    expect(queue.isIdle).toBe(false);
    await settled();
    expect(log).toEqual(['a', 'b', 'c', 'end pass', 'submit']);
    expect(counters).toMatchObject({ dispatches: 3, submits: 1 });
    expect(queue.isIdle).toBe(true);
  });

  it('holds back what comes after a job that waits, in order', async () => {
    const { device, log } = fakeDevice();
    const queue = new CommandQueue(device, newCounters(), () => undefined);
    let open = (): void => undefined;
    let isOpen = false;
    const gate = new Promise<void>((resolve) => {
      open = () => {
        isOpen = true;
        resolve();
      };
    });
    queue.enqueue(dispatch(log, 'first'));
    queue.enqueue({ ...dispatch(log, 'waits'), blocker: () => (isOpen ? undefined : gate) });
    queue.enqueue(dispatch(log, 'last'));
    await settled();
    expect(log).toEqual(['first', 'end pass', 'submit']);
    open();
    await settled();
    expect(log.slice(3)).toEqual(['waits', 'last', 'end pass', 'submit']);
  });

  it('submits what came before a write from the host', () => {
    const { device, log } = fakeDevice();
    const queue = new CommandQueue(device, newCounters(), () => undefined);
    queue.enqueue(dispatch(log, 'reads the old value'));
    queue.enqueue({ encode: (recorder) => recorder.write(buffer, 0, new Uint8Array(4)) });
    expect(log).toEqual(['reads the old value', 'end pass', 'submit', 'write']);
  });

  it('submits early when much has gathered', () => {
    const { device, log } = fakeDevice();
    const counters = newCounters();
    const queue = new CommandQueue(device, counters, () => undefined);
    for (let i = 0; i < 2500; i++) queue.enqueue(dispatch(log, ''));
    expect(counters.submits).toBe(2);
  });

  it('fails what waits when the device is lost, and what comes later', () => {
    const { device } = fakeDevice();
    const queue = new CommandQueue(device, newCounters(), () => undefined);
    const failures: string[] = [];
    const job: Job = { blocker: () => new Promise(() => undefined), encode: () => undefined, fail: (error) => failures.push(error.kind) };
    queue.enqueue(job);
    queue.fail(new LinnetError('DeviceLostError', 'gone'));
    queue.enqueue(job);
    expect(failures).toEqual(['DeviceLostError', 'DeviceLostError']);
  });
});
