import { type HostArray, hostArraysEqual } from '#linnet/core';
import type { MatmulTiles } from '#linnet/gpu';
import type { Buffer, Executable } from '../backend';
import { dotGeneral } from '../primitives/lax';
import { traceProgram } from '../trace/builder';
import type { TunableBackend } from './webgpuBackend';

/** Keeps what was measured of an adapter from one visit to the next. Failing is allowed: then it is measured again. */
export interface TuningMemory {
  load(adapter: string): Promise<string | undefined>;
  save(adapter: string, choice: string): Promise<void>;
}

/** One variant of each kind, as large products get it. */
const CANDIDATES: Readonly<Record<MatmulTiles, string>> = {
  registers: 'registers 8x8 l8 u2 s1',
  quads: 'quads 16x8 l4 u4 s1',
  workgroup: 'workgroup 8x8 l8 u1 s1',
};
/** All measuring together, in milliseconds, but for the first run of each candidate. */
const BUDGET_MS = 50;
/** Runs that take less are repeated: waiting for the GPU takes a few milliseconds itself. */
const SHORTEST_MS = 8;
/** Choices of this session, by adapter. */
const known = new Map<string, MatmulTiles>();

/**
 * Finds out which matmul tiles suit the backend's GPU: remembered, or measured on one product of `size` × `size` matrices. Kinds whose
 * result differs from the plain one's in a single bit are not used. Software adapters are left alone: what suits them is known.
 */
export async function tuneMatmul(backend: TunableBackend, memory: TuningMemory, size = 512): Promise<void> {
  const { software, subgroups, description } = backend.facts;
  if (software) return;
  const adapter = `${description}${subgroups ? ' with subgroups' : ''}`;
  const remembered = known.get(adapter) ?? (await memory.load(adapter).catch(() => undefined));
  const isChoice = remembered !== undefined && Object.hasOwn(CANDIDATES, remembered);
  // A GPU that fails here says so again to whoever uses it.
  const tiles = isChoice ? (remembered as MatmulTiles) : await fastest(backend, size).catch(() => undefined);
  if (tiles === undefined) return;
  known.set(adapter, tiles);
  if (!isChoice) await memory.save(adapter, tiles).catch(() => undefined);
  backend.learn({ matmulTiles: tiles, matmulReason: 'fastest when they were measured on this adapter' });
}

interface Candidate {
  readonly tiles: MatmulTiles;
  readonly executable: Executable;
  bestMs: number;
  repeats: number;
}

async function fastest(backend: TunableBackend, size: number): Promise<MatmulTiles> {
  const inputs = [1, 2].map((seed) => backend.fromHost(matrix(size, seed)));
  const aval = { shape: [size, size], dtype: 'float32', weakType: false } as const;
  const { program } = traceProgram(([x, y]) => [dotGeneral(x!, y!, { contracting: [[1], [0]], batch: [[], []] })], [aval, aval]);
  const kinds = (Object.keys(CANDIDATES) as MatmulTiles[]).filter((tiles) => tiles !== 'quads' || backend.facts.subgroups);
  try {
    const candidates = await withSameBits(
      backend,
      inputs,
      kinds.map((tiles) => ({
        tiles,
        executable: backend.compile(program, { matmul: CANDIDATES[tiles] }),
        bestMs: Number.POSITIVE_INFINITY,
        repeats: 1,
      })),
    );
    const deadline = performance.now() + BUDGET_MS;
    do for (const candidate of candidates) await measure(backend, inputs, candidate);
    while (performance.now() < deadline);
    return candidates.reduce((best, candidate) => (candidate.bestMs < best.bestMs ? candidate : best)).tiles;
  } finally {
    for (const input of inputs) input.release();
  }
}

/** The candidates with the first one's result. Running each once also warms it up. */
async function withSameBits(backend: TunableBackend, inputs: readonly Buffer[], candidates: readonly Candidate[]): Promise<Candidate[]> {
  const results = candidates.map(async ({ executable }) => {
    const [output] = executable.run(inputs);
    const result = await backend.toHost(output!).catch(() => undefined);
    output!.release();
    return result;
  });
  const [first, ...rest] = await Promise.all(results);
  const isSame = (result: HostArray | undefined): boolean => first !== undefined && result !== undefined && hostArraysEqual(first, result);
  return candidates.filter((_, index) => index === 0 || isSame(rest[index - 1]));
}

async function measure(backend: TunableBackend, inputs: readonly Buffer[], candidate: Candidate): Promise<void> {
  const started = performance.now();
  for (let run = 0; run < candidate.repeats; run++) for (const output of candidate.executable.run(inputs)) output.release();
  await backend.synchronize();
  const elapsed = performance.now() - started;
  candidate.bestMs = Math.min(candidate.bestMs, elapsed / candidate.repeats);
  if (elapsed < SHORTEST_MS) candidate.repeats *= 2;
}

/** Numbers of no pattern in [-1, 1). */
function matrix(size: number, seed: number): HostArray {
  let state = seed;
  const values = Float32Array.from({ length: size * size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
  return { dtype: 'float32', shape: [size, size], data: new Uint8Array(values.buffer) };
}
