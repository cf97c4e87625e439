import { describe, expect, it } from 'vitest';
import type { DeviceFacts } from '#linnet/gpu';
import { PLAIN_DEVICE as FACTS } from '../../testing/facts';
import { avalOf } from '../../testing/kernelCheck';
import { adamStep, netLoss, scanProgram, stepProgram } from '../../testing/mlp';
import type { NDArray } from '../array';
import { valueAndGrad } from '../autodiff/grad';
import '../primitives';
import * as lax from '../primitives/lax';
import { traceProgram } from '../trace/builder';
import type { Program } from '../trace/program';
import { type CompiledProgram, compileProgram } from './compiledProgram';
import { countDispatches, dispatchesOf } from './steps';

const f32 = (...shape: number[]) => ({ shape, dtype: 'float32', weakType: false }) as const;
const compile = (program: Program, donated: readonly boolean[] = program.inputs.map(() => false), facts = FACTS): CompiledProgram =>
  compileProgram(program, donated, facts);
const trace = (f: (...xs: NDArray[]) => NDArray | readonly NDArray[], ...shapes: number[][]): Program =>
  traceProgram(
    (xs) => [f(...xs)].flat() as NDArray[],
    shapes.map((shape) => f32(...shape)),
  ).program;
const dispatches = (program: Program, donated?: readonly boolean[], facts?: DeviceFacts): number =>
  countDispatches(compile(program, donated, facts).steps);

/** A step with its state donated: parameters, moments and count. */
const donatedState = ({ program, stateCount }: ReturnType<typeof stepProgram>): boolean[] => program.inputs.map((_, i) => i < stateCount);

describe('fusion', () => {
  it('makes one kernel of elementwise chains with views and several results', () => {
    const program = trace((x, y) => [lax.exp(lax.add(x, y)), lax.mul(lax.add(x, y), lax.transpose(x, [1, 0]))], [5, 5], [5, 5]);
    expect(dispatches(program)).toBe(1);
  });

  it('makes one kernel of a layer norm', () => {
    const norm = (x: NDArray): NDArray => {
      const rows = (r: NDArray): NDArray => lax.broadcastInDim(r, x.shape, [0]);
      const mean = (z: NDArray): NDArray => lax.div(lax.reduceSum(z, [1]), lax.scalarLike(z, z.shape[1]!));
      const centered = lax.sub(x, rows(mean(x)));
      return lax.mul(centered, rows(lax.rsqrt(lax.add(mean(lax.mul(centered, centered)), lax.scalarLike(x, 1e-5)))));
    };
    expect(dispatches(trace(norm, [64, 33]))).toBe(1);
  });

  it('finds the operands of every product, though another one stores a view between them and memory', () => {
    const dot = (x: NDArray, y: NDArray): NDArray => lax.dotGeneral(x, y, { contracting: [[0], [0]], batch: [[], []] });
    const program = trace(
      (x) => {
        const turned = lax.transpose(x, [1, 0]);
        const line = lax.reshape(lax.transpose(turned, [1, 0]), [6]);
        return [dot(line, line), dot(lax.reshape(turned, [6]), line)];
      },
      [2, 3],
    );
    expect(dispatches(program)).toBeGreaterThan(0);
  });

  it('runs independent small kernels side by side', () => {
    const program = trace((a, b, c) => [lax.exp(a), lax.reduceSum(b, [0]), lax.neg(c)], [7], [9, 3], [2, 2]);
    expect(dispatches(program)).toBe(1);
  });

  it('writes in place what is donated, after everybody has read it', () => {
    const program = trace(
      (x, w) => {
        const y = lax.dotGeneral(x, w, { contracting: [[1], [0]], batch: [[], []] });
        return [y, lax.mul(w, lax.scalarLike(w, 2))];
      },
      [4, 4],
      [4, 4],
    );
    const { outputs, steps } = compile(program, [false, true]);
    expect(outputs).toEqual([
      { kind: 'new', name: 'out0' },
      { kind: 'overwritten', index: 1 },
    ]);
    expect(countDispatches(steps)).toBe(2);
    expect(compile(program).outputs[1]).toEqual({ kind: 'new', name: 'out1' });
  });

  it('does not write in place what the same kernel reads elsewhere', () => {
    const program = trace((x) => lax.add(x, lax.transpose(x, [1, 0])), [4, 4]);
    expect(compile(program, [true]).outputs).toEqual([{ kind: 'new', name: 'out0' }]);
  });
});

describe('a kernel that overwrites what it reads', () => {
  /** [rows, columns], and a value for each column that is needed after the sums that take its place are known. */
  const program = trace(
    (x, bias) => {
      const spread = (v: NDArray): NDArray => lax.broadcastInDim(v, x.shape, [1]);
      const sums = lax.reduceSum(x, [0]);
      return [lax.exp(sums), lax.add(lax.add(x, spread(sums)), spread(bias))];
    },
    [4, 3],
    [3],
  );

  it('stores when nothing reads it any more', () => {
    const { outputs, steps } = compile(program, [false, true]);
    expect(outputs).toEqual([
      { kind: 'overwritten', index: 1 },
      { kind: 'new', name: 'out1' },
    ]);
    const [dispatch, ...others] = dispatchesOf(steps);
    expect(others).toEqual([]);
    const lines = dispatch!.wgsl.split('\n');
    const stores = lines.flatMap((line, i) => (line.startsWith('in1[') ? [i] : []));
    const loads = lines.flatMap((line, i) => (line.includes('= in1[') ? [i] : []));
    expect(stores.length).toBe(1);
    expect(loads.length).toBeGreaterThan(0);
    expect(Math.max(...loads)).toBeLessThan(stores[0]!);
  });
});

describe('loops in one kernel', () => {
  it('are the same kernel, however often they run', () => {
    const [short, long] = [5, 700].map((steps) => dispatchesOf(compile(scanProgram([2, 8, 2], 4, steps).program).steps));
    expect(short!.map(({ tripCount }) => tripCount)).toEqual([5]);
    expect(long!.map(({ tripCount }) => tripCount)).toEqual([700]);
    expect(long![0]!.wgsl).toBe(short![0]!.wgsl);
  });
});

describe('a training step', () => {
  it('takes few dispatches, whatever the net', () => {
    const counts = Object.fromEntries(
      [
        [784, 256, 128, 10],
        [2, 8, 8, 2],
        [4, 16, 3],
        [20, 16, 16, 16, 16, 5],
      ].map((dims) => {
        const step = stepProgram(dims, 128, 'tanh');
        return [dims.join('-'), dispatches(step.program, donatedState(step))];
      }),
    );
    expect(counts).toEqual({ '784-256-128-10': 8, '2-8-8-2': 8, '4-16-3': 6, '20-16-16-16-16-5': 12 });
  });

  it('binds no more buffers than the device has, even when those are few', () => {
    const step = stepProgram([784, 256, 128, 10], 128);
    const { steps } = compile(step.program, donatedState(step), { ...FACTS, maxStorageBuffers: 8 });
    expect(Math.max(...dispatchesOf(steps).map((dispatch) => dispatch.buffers.length))).toBeLessThanOrEqual(8);
  });

  it('binds no more buffers than the device has when what it may overwrite is read elsewhere too', () => {
    const shapes = Array.from({ length: 14 }, () => [64, 64]);
    const bases: Record<string, (x: NDArray, y: NDArray) => NDArray> = {
      map: (x) => lax.exp(x),
      rows: (x) => lax.broadcastInDim(lax.reduceSum(x, [1]), [64, 64], [0]),
      contraction: (x, y) => lax.dotGeneral(x, y, { contracting: [[1], [0]], batch: [[], []] }),
    };
    for (const [name, base] of Object.entries(bases)) {
      const program = trace(
        (x, y, ...rest) => {
          const shared = base(x!, y!);
          return [shared, ...rest.map((z) => lax.add(lax.transpose(z, [1, 0]), shared))];
        },
        ...shapes,
      );
      const { steps } = compile(
        program,
        program.inputs.map(() => true),
        { ...FACTS, maxStorageBuffers: 8 },
      );
      expect(Math.max(...dispatchesOf(steps).map((dispatch) => dispatch.buffers.length)), name).toBeLessThanOrEqual(8);
    }
  });

  it('that gathers its batch takes at most two dispatches more', () => {
    const step = stepProgram([784, 256, 128, 10], 128);
    const state = step.inputs.slice(0, step.stateCount).map(avalOf);
    const extra = [f32(1000, 784), { ...f32(1000), dtype: 'int32' as const }, { ...f32(128), dtype: 'int32' as const }];
    const { program } = traceProgram(
      (xs) => {
        const [data, labels, order] = xs.slice(-3) as [NDArray, NDArray, NDArray];
        const rows = { axis: 0, batchDims: 0, mode: 'clip' as const };
        return adamStep(xs.slice(0, -3), lax.gather(data, order, rows), lax.gather(labels, order, rows), 'relu');
      },
      [...state, ...extra],
    );
    expect(
      dispatches(
        program,
        program.inputs.map((_, i) => i < step.stateCount),
      ),
    ).toBeLessThanOrEqual(10);
  });

  it('that clips by the global norm takes a few passes over the gradients, side by side', () => {
    const step = stepProgram([20, 16, 8, 4], 32);
    const params = step.inputs.slice(0, 6).map(avalOf);
    const { program } = traceProgram(
      (xs) => {
        const [loss, grads] = valueAndGrad((p: NDArray[]) => netLoss(p, xs[6]!, xs[7]!, 'relu'))(xs.slice(0, 6)) as [NDArray, NDArray[]];
        const squares = grads.map((g) =>
          lax.reduceSum(
            lax.mul(g, g),
            g.shape.map((_, i) => i),
          ),
        );
        const norm = lax.sqrt(squares.reduce((a, b) => lax.add(a, b)));
        const scale = lax.div(lax.scalarLike(norm, 0.1), lax.max(norm, lax.scalarLike(norm, 1)));
        return [...grads.map((g, i) => lax.sub(xs[i]!, lax.mul(g, lax.broadcastInDim(scale, g.shape, [])))), loss];
      },
      [...params, ...step.inputs.slice(-2).map(avalOf)],
    );
    expect(
      dispatches(
        program,
        program.inputs.map((_, i) => i < 6),
      ),
    ).toBeLessThanOrEqual(13);
  });
});

describe('float16 products', () => {
  it('are stored as float16 and added up in float32, in every way to compute them', () => {
    const aval = { shape: [64, 64], dtype: 'float16', weakType: false } as const;
    const dot = (x: NDArray, y: NDArray): NDArray => lax.dotGeneral(x, y, { contracting: [[1], [0]], batch: [[], []] });
    const { program } = traceProgram(([x, y]) => [dot(x!, y!)], [aval, aval]);
    const facts = { ...FACTS, float16: true, subgroups: true };
    for (const matmul of ['registers 8x8 l8 u2 s1', 'quads 16x8 l4 u4 s1', 'workgroup 8x8 l8 u1 s1', 'slices 4x1 l16 u4 s4']) {
      const compiled = compileProgram(program, [false, false], facts, { matmul });
      expect(compiled.plan.matmuls).toEqual([matmul]);
      const { wgsl } = dispatchesOf(compiled.steps)[0]!;
      expect(wgsl).toContain('enable f16;');
      expect(wgsl).toMatch(/array<f16>/);
      expect(wgsl).toMatch(/c_\d+_0_0 = f32\(0\);/);
      expect(wgsl).toMatch(/let t_\d+ = f16\(/);
    }
  });
});

describe('generated WGSL', () => {
  it('joins truth values without branches, of which software adapters take minutes to compile dozens', () => {
    const aval = f32(8, 8);
    const { program } = traceProgram(
      ([x]) => {
        const shifted = lax.pad(x!, lax.scalarLike(x!, 1), [
          [1, -1, 0],
          [0, 0, 1],
        ]);
        const found = lax.ne(x!, lax.max(x!, lax.scalarLike(x!, 2)));
        const [sorted] = lax.sort([x!], 1);
        const at = lax.apply('argmax', [x!], { axis: 1 });
        const gathered = lax.gather(x!, at, { axis: 1, batchDims: 0, mode: 'fill' });
        return [shifted, sorted!, gathered, lax.max(found, lax.le(x!, sorted!))];
      },
      [aval],
    );
    for (const { name, wgsl } of dispatchesOf(compile(program).steps))
      expect(wgsl.replaceAll(/if \(.*\{/g, ''), name).not.toMatch(/&&|\|\|/);
  });
  const wgslOf = (program: Program): string => dispatchesOf(compile(program).steps)[0]!.wgsl;
  it('of a chain', () => {
    expect(wgslOf(trace((x, y) => lax.max(lax.sub(x, y), lax.scalarLike(x, 0)), [3, 2], [3, 2]))).toMatchSnapshot();
  });
  it('of a row reduction', () => {
    expect(wgslOf(trace((x) => lax.reduceSum(lax.mul(x, x), [1]), [3, 2]))).toMatchSnapshot();
  });
  it('of a matmul with bias', () => {
    const program = trace(
      (x, w, b) => {
        const z = lax.dotGeneral(x, w, { contracting: [[1], [0]], batch: [[], []] });
        return lax.add(z, lax.broadcastInDim(b, z.shape, [1]));
      },
      [3, 5],
      [5, 2],
      [2],
    );
    expect(wgslOf(program)).toMatchSnapshot();
  });
});
