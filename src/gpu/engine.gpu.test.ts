import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestDevice } from './device';
import { Engine } from './engine';

let engine: Engine;
beforeAll(async () => {
  engine = new Engine(await requestDevice(navigator.gpu));
});
afterAll(() => engine.dispose());

describe('the engine', () => {
  it('knows what it runs on', () => {
    expect(engine.facts.description).not.toBe('');
    expect(engine.facts.maxStorageBuffers).toBeGreaterThanOrEqual(8);
  });

  it('reads back what it uploaded, in order with later writes', async () => {
    const block = engine.pool.acquire(5, 'a test');
    const none = (): undefined => undefined;
    engine.upload(block, Uint8Array.of(1, 2, 3, 4, 5));
    const first = engine.download(block, 5, none);
    engine.upload(block, Uint8Array.of(9, 9));
    const second = engine.download(block, 2, none);
    expect([...(await first)]).toEqual([1, 2, 3, 4, 5]);
    expect([...(await second)]).toEqual([9, 9]);
    engine.pool.release(block);
  });

  it('turns a compiler message into a ShaderError with the numbered source', async () => {
    const pipeline = engine.pipelines.get('@compute @workgroup_size(1)\nfn main() { let x: u32 = nothing; }', [], false);
    await pipeline.settled;
    expect(pipeline.error).toMatchObject({ kind: 'ShaderError' });
    expect(pipeline.error!.message).toContain("unresolved value 'nothing'");
    expect(pipeline.error!.message).toContain('   2  fn main()');
    await engine.synchronize();
  });

  it('reports a refused command at the next wait', async () => {
    engine.device.createBindGroup({ layout: engine.pipelines.iterationLayout, entries: [] });
    await expect(engine.synchronize()).rejects.toMatchObject({ kind: 'InternalError' });
    await engine.synchronize();
  });

  it('says why there is no device', async () => {
    await expect(requestDevice(undefined)).rejects.toMatchObject({ kind: 'DeviceUnavailableError' });
    const refusing = { requestAdapter: async () => null } as unknown as GPU;
    await expect(requestDevice(refusing)).rejects.toThrow(/no GPU adapter/);
  });
});
