import type { WgslFunction } from '#linnet/gpu';
import type { Aval } from '../aval';
import type { Params } from './primitive';

export type { WgslFunction };

export interface LoweringContext<P extends Params> {
  readonly params: P;
  readonly inputs: readonly Aval[];
  readonly outputs: readonly Aval[];
  /** Makes sure `fn` is in the module and returns its name. */
  use(fn: WgslFunction): string;
}

/**
 * Coordinates are WGSL expressions of type u32, one per axis, outermost first. Expressions for bool values have WGSL type `bool`
 * (they are stored as u32 0/1). Operand strings may be used more than once: the compiler passes names or short expressions.
 */
export type GpuLowering<P extends Params = any> =
  /** The output element is a function of the input elements at the same coordinates. All inputs have the output's shape, or are literals. */
  | { readonly kind: 'elementwise'; readonly expression: (operands: readonly string[], context: LoweringContext<P>) => string }
  /**
   * The output element is an expression that reads inputs at other coordinates: reshape, transpose, broadcast, slice, pad, reverse,
   * concatenate, iota, gather, random bits. Free to be inlined into consumers. `read` must only be evaluated where its coordinates are
   * in range: wrap doubtful reads by `select` on clamped coordinates. A rank-0 operand (also a literal) is read with `[]`.
   */
  | {
      readonly kind: 'indexed';
      readonly value: (
        coordinates: readonly string[],
        read: (operand: number, coordinates: readonly string[]) => string,
        context: LoweringContext<P>,
      ) => string;
      /** True for pure re-indexing without arithmetic, which is never worth a kernel of its own. */
      readonly isView?: boolean;
      /** For views whose row-major elements are the input's (reshape): the flat index passes through; `value` is not called. */
      readonly isReshape?: boolean;
    }
  /**
   * A reduction over `params.axes` of one operand: fold by `combine` from `identity`, in a fixed order. The identity is a host number
   * (infinities included; 0 or 1 for bool) that the compiler writes as a literal of the dtype.
   */
  | {
      readonly kind: 'reduce';
      readonly identity: (dtype: string) => number;
      readonly combine: (a: string, b: string, context: LoweringContext<P>) => string;
    }
  /** dotGeneral: handled by the matmul kernels. */
  | { readonly kind: 'contraction' }
  /** Sub-program run `params.length` times (scan), chosen (cond), or repeated (whileLoop): handled by the scheduler. */
  | { readonly kind: 'control' }
  /** A hand-written kernel of the gpu layer, by name: sort, cumulative, scatter, conv, argReduce. No fusion into it. */
  | { readonly kind: 'kernel'; readonly kernel: string };
