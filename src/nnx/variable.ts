import { type Shape, sizeOf, type TreeContainer, type TreeNode, treeNode } from '#linnet/core';
import { checkWritable, currentScope, isWritable, type Scope } from './graph/scope';
import type { JaxArray } from './leaf';

/** What else is known of a Variable besides its value: `tag`, `sharding_names`, anything the user adds. */
export type Metadata = Readonly<Record<string, unknown>>;

/** Constructor of a Variable type. Subclasses keep this signature, because `merge` and tree maps build Variables by it. */
export interface VariableType<V extends Variable<any> = Variable<any>> {
  new (value: any, metadata?: Metadata): V;
  readonly name: string;
}

interface Slot<T> {
  value: T;
  /** True once anything outside the library may hold the value: its memory must then not be overwritten. */
  escaped: boolean;
  readonly scope: Scope;
}

const slot: unique symbol = Symbol('linnet.variable');

/**
 * A mutable box around an array, owned by a module: the unit of `split`, `state` and filters. Like `flax.nnx.Variable`. The value is a
 * jax.Array, a ShapeDtypeStruct (abstract model), a HostArray, or null (`Param(None)`), which adds no leaf.
 */
export class Variable<T = JaxArray> implements TreeContainer {
  readonly metadata: Metadata;
  readonly [slot]: Slot<T>;

  constructor(value: T, metadata: Metadata = {}) {
    this.metadata = metadata;
    this[slot] = { value, escaped: true, scope: currentScope() };
  }

  /** The value. After reading it here, the next compiled step writes this Variable to new memory, so what was read stays as it is. */
  get value(): T {
    this[slot].escaped = true;
    return this[slot].value;
  }

  /** Replaces the value. Inside a transform, only for Variables that were passed in or made there (else TraceError). */
  set value(value: T) {
    checkWritable(this[slot].scope, this.type.name);
    this[slot].value = value;
    this[slot].escaped = true;
  }

  /** Same as `value`; Python's `variable[...]` and `get_value()`. */
  get(): T {
    return this.value;
  }

  /** Same as assigning `value`; Python's `variable[...] = x` and `set_value(x)`. */
  set(value: T): void {
    this.value = value;
  }

  /** The class of this Variable, as `VariableState.type` in older Flax. */
  get type(): VariableType<this> {
    return this.constructor as VariableType<this>;
  }

  /** Shape of the value; undefined for null and for values that have none. */
  get shape(): Shape | undefined {
    return (this[slot].value as { shape?: Shape } | null)?.shape;
  }

  /** Element type of the value; undefined for null and for values that have none. */
  get dtype(): string | undefined {
    return (this[slot].value as { dtype?: string } | null)?.dtype;
  }

  /** Number of axes; undefined without a shape. */
  get ndim(): number | undefined {
    return this.shape?.length;
  }

  /** Number of elements; undefined without a shape. */
  get size(): number | undefined {
    return this.shape === undefined ? undefined : sizeOf(this.shape);
  }

  /** A Variable of the same type with another value, and metadata added. This one is left alone. */
  replace<U = T>(value: U, metadata: Metadata = {}): Variable<U> {
    return new this.type(value, { ...this.metadata, ...metadata }) as unknown as Variable<U>;
  }

  /** A Variable of the same type, value and metadata: later writes to either do not show in the other. */
  copy(): this {
    return this.replace(this.value) as unknown as this;
  }

  /** One child named `value`, as Flax; so a saved State has key paths that end in `value`. */
  [treeNode](): TreeNode {
    return { keys: ['value'], children: [this.value], rebuild: ([value]) => this.replace(value), tag: this.type };
  }
}

/** The value without marking it as seen by others. For the library: whoever calls this must not let the value out. */
export function peek<T>(variable: Variable<T>): T {
  return variable[slot].value;
}

/** Whether anything outside the library may hold the value. */
export function hasEscaped(variable: Variable<any>): boolean {
  return variable[slot].escaped;
}

/** Whether the value may be set here: not when a transformed function captured the Variable. */
export const canStore = (variable: Variable<any>): boolean => isWritable(variable[slot].scope);

/** Sets a value that nothing outside the library holds, so that the next compiled step may reuse its memory. */
export function storeOwned<T>(variable: Variable<T>, value: T): void {
  checkWritable(variable[slot].scope, variable.type.name);
  variable[slot].value = value;
  variable[slot].escaped = false;
}

/** Whether `type` is Variable or a subclass of it. */
export function isVariableType(type: unknown): type is VariableType {
  return typeof type === 'function' && (type === Variable || type.prototype instanceof Variable);
}
