import { afterAll, expect, test } from 'vitest';
import { dispose, init, type Array as JaxArray, jnp, nn } from '#linnet/tensor';
import * as nnx from '../index';

afterAll(() => dispose());

class Net extends nnx.Module {
  linear: nnx.Linear;
  norm: nnx.BatchNorm;
  drop: nnx.Dropout;
  constructor(width: number) {
    super();
    const rngs = new nnx.Rngs(3);
    this.linear = new nnx.Linear(3, width, { rngs });
    this.norm = new nnx.BatchNorm(width, { rngs });
    this.drop = new nnx.Dropout(0.25, { rngs });
  }
  call(x: JaxArray): JaxArray {
    return this.drop.call(nn.tanh(this.norm.call(this.linear.call(x))));
  }
}

/** Outputs of three calls in training mode, then all state. */
async function run(backend: 'cpu' | 'webgpu', isJitted: boolean, width: number): Promise<number[]> {
  await init({ backend });
  const net = new Net(width);
  const call = isJitted ? nnx.jit((m: Net, x: JaxArray) => m.call(x)) : (m: Net, x: JaxArray) => m.call(x);
  const found: JaxArray[] = [];
  for (let i = 0; i < 3; i++) found.push(call(net, jnp.sin(jnp.arange(24).astype('float32').add(i)).reshape([8, 3])));
  for (const [, leaf] of nnx.toFlatState(nnx.state(net, nnx.Any(nnx.Param, nnx.BatchStat)))) found.push((leaf as nnx.Variable).value);
  return (await Promise.all(found.map((array) => array.data()))).flatMap((values) => [...(values as Float32Array)]);
}

// Width 40 has rows enough for one kernel to normalise and to update the statistics in place.
test.each([4, 40])('running statistics are updated after the last look at their neighbours, width %d', async (width) => {
  const expected = await run('cpu', false, width);
  for (const isJitted of [false, true]) {
    const found = await run('webgpu', isJitted, width);
    expect(found.length).toBe(expected.length);
    for (const [i, value] of found.entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(2e-6);
  }
});
