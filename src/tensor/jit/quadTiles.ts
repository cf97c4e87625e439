import type { Var } from '../trace/program';
import type { Contraction } from './contraction';
import type { MatmulVariant } from './matmulVariant';
import type { Part } from './part';
import { range, stepOf, sum, TileWriter, type Walk } from './registerTiles';

/** Threads that share what they load, and steps of k that they load at once. */
const QUAD = 4;
const THREADS = 64;

/**
 * `part` with quads of neighbouring threads that have the same rows: each loads the left operand for another step of k, and all get
 * all four by broadcasting. Each output adds over k in the same order as without, so the bits are the same.
 */
export function withQuadTiles(part: Part, contraction: Contraction, roots: readonly Var[], variant: MatmulVariant): Part {
  return {
    ...part,
    name: `${part.name} in quads`,
    groups: {
      count: Math.ceil(part.items / THREADS),
      write: (context, group, lane) => new QuadTileWriter(context, contraction, roots, variant).writeGroup(group, lane, part.items),
    },
  };
}

class QuadTileWriter extends TileWriter {
  writeGroup(group: string, lane: string, items: number): void {
    const { code } = this.context;
    const item = code.name(`${group} * ${THREADS}u + ${lane}`);
    const isExact = items % THREADS === 0;
    // All threads of a quad take part in its broadcasts, also where there is nothing left to do.
    const place = this.place(isExact ? item : `min(${item}, ${items - 1}u)`);
    this.accumulate(place);
    code.block(isExact ? '' : `if (${item} < ${items}u)`, () => this.finish(place, this.tile.rows));
  }

  protected override steps(left: Walk, right: Walk, count: number): void {
    const { code, module } = this.context;
    const { lhs, rhs } = this.contraction;
    const whole = count - (count % QUAD);
    for (let first = 0; first < whole; first += QUAD) {
      code.block('', () => {
        const own = code.name(left.stride === 1 ? module.quadLane : `${module.quadLane} * ${left.stride}u`);
        const loaded = left.bases.map((base) => this.load(lhs, base, sum([stepOf(left, first), own])));
        for (const u of range(QUAD)) {
          code.block('', () => {
            const ys = right.bases.map((base) => this.load(rhs, base, stepOf(right, first + u)));
            this.multiply(
              loaded.map((x) => this.named(`quadBroadcast(${x}, ${u}u)`)),
              ys,
            );
          });
        }
      });
    }
    const rest = count - whole;
    if (rest > 0) super.steps(ahead(left, whole), ahead(right, whole), rest);
  }
}

const ahead = (walk: Walk, steps: number): Walk => (steps === 0 ? walk : { ...walk, at: stepOf(walk, steps) });
