import type { Var } from '../trace/program';
import type { Contraction } from './contraction';
import type { MatmulVariant } from './matmulVariant';
import type { Part } from './part';
import { withQuadTiles } from './quadTiles';
import { registerTilePart } from './registerTiles';
import { withSlices } from './slicedTiles';
import { withWorkgroupTiles } from './workgroupTiles';

/** The kernel of `contraction` and what is computed from its result, `roots`, in the way `variant` says. */
export function matmulPart(contraction: Contraction, roots: readonly Var[], variant: MatmulVariant): Part {
  const part = registerTilePart(contraction, roots, variant);
  if (variant.family === 'workgroup') return withWorkgroupTiles(part, contraction, roots);
  if (variant.family === 'slices') return withSlices(part, contraction, roots, variant);
  return variant.family === 'quads' ? withQuadTiles(part, contraction, roots, variant) : part;
}
