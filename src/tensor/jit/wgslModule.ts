import { type Access, ITERATION_RADIX, type WgslFunction, withDependencies } from '#linnet/gpu';
import type { Location, StorageType } from './storage';

/** What workgroup memory can hold: elements, or four of them together. */
export type WorkgroupType = StorageType | `vec4<${StorageType}>`;

/** Memory of a workgroup that a kernel declares. */
interface WorkgroupArray {
  readonly type: WorkgroupType;
  readonly length: number;
}

/** One WGSL module in the making: its bindings, functions and workgroup memory. Code is written by the parts of the kernel. */
export class WgslModule {
  readonly #bindings = new Map<string, { type: StorageType; written: boolean }>();
  readonly #functions = new Map<string, WgslFunction>();
  readonly #workgroup = new Map<string, WorkgroupArray>();
  readonly #iterations = new Set<number>();
  #usesSubgroups = false;
  #usesRuntimeZero = false;

  /** Makes sure `fn` is in the module and returns its name. */
  use(fn: WgslFunction): string {
    this.#functions.set(fn.name, fn);
    return fn.name;
  }

  /** Declares workgroup memory; arrays named `shared…` in locations resolve to it without a binding. */
  declareWorkgroup(name: string, type: WorkgroupType, length: number): string {
    // Code that walks no elements still names the array, and WGSL has none of length 0.
    this.#workgroup.set(name, { type, length: Math.max(1, length) });
    return name;
  }

  /** The first element of `location`, as an expression; '' for 0. */
  baseOf({ offset, strides = [] }: Location): string {
    const terms = offset === 0 ? [] : [`${offset}u`];
    for (const { depth, stride } of strides) {
      if (stride === 0) continue;
      this.#iterations.add(depth);
      terms.push(`${stride < 0 ? '-' : '+'}iteration${depth} * ${Math.abs(stride)}u`);
    }
    const text = terms.map((term) => (term.startsWith('-') ? `- ${term.slice(1)}` : `+ ${term.replace('+', '')}`)).join(' ');
    return text.startsWith('+ ') ? text.slice(2) : text === '' ? '' : `0u ${text}`;
  }

  /** Element `index` of the whole buffer that `location` is in. */
  at({ buffer, type }: Location, index: string, written: boolean): string {
    if (!this.#workgroup.has(buffer)) {
      const binding = this.#bindings.get(buffer);
      if (binding) binding.written ||= written;
      else this.#bindings.set(buffer, { type, written });
    }
    return `${buffer}[${index}]`;
  }

  /** Element `index` of the value at `location`. */
  element(location: Location, index: string, written: boolean): string {
    const base = this.baseOf(location);
    const terms = base === '' ? index : index === '0u' ? base : `${base} + ${index}`;
    return this.at(location, terms, written);
  }

  /** The thread's place among the four of its quad, as an expression; the kernel then needs the subgroups feature. */
  get quadLane(): string {
    this.#usesSubgroups = true;
    return 'quadLane';
  }

  /** A float32 zero, as an expression, that shader compilers do not know to be one. */
  get runtimeZero(): string {
    this.#usesRuntimeZero = true;
    return 'runtimeZero';
  }

  /** Whether code in the module asks for the iteration of the outermost loop, which a replayed loop gives by a uniform. */
  get usesIteration(): boolean {
    return this.#iterations.has(0);
  }

  get functions(): Iterable<WgslFunction> {
    return this.#functions.values();
  }

  /** Names of the buffers in binding order. */
  get buffers(): string[] {
    return [...this.#bindings.keys()];
  }

  /** Whether the module stores into the buffer named `buffer`. */
  writes(buffer: string): boolean {
    return this.#bindings.get(buffer)?.written ?? false;
  }

  get access(): Access[] {
    return [...this.#bindings.values()].map(({ written }) => (written ? 'readWrite' : 'read'));
  }

  /**
   * The module's text around `body`, the statements of its entry point. `uniform` names a number that comes with each dispatch: the
   * iteration of a replayed loop, or how often a loop in the kernel runs.
   */
  text(workgroupSize: number, body: string, uniform?: string): string {
    const lines: string[] = [];
    const bindings = [...this.#bindings];
    const types = [...bindings.map(([, binding]) => binding.type), ...[...this.#workgroup.values()].map((array) => array.type)];
    if (types.includes('f16') || /\bf16\b/.test(body)) lines.push('enable f16;');
    if (this.#usesSubgroups) lines.push('enable subgroups;');
    bindings.forEach(([name, { type, written }], index) => {
      lines.push(`@group(0) @binding(${index}) var<storage, ${written ? 'read_write' : 'read'}> ${name}: array<${type}>;`);
    });
    if (uniform) {
      lines.push('@group(1) @binding(0) var<uniform> numberLow: vec4u;', '@group(1) @binding(1) var<uniform> numberHigh: vec4u;');
    }
    for (const [name, { type, length }] of this.#workgroup) lines.push(`var<workgroup> ${name}: array<${type}, ${length}>;`);
    for (const fn of withDependencies(this.#functions.values())) lines.push(fn.source.trim());
    lines.push(
      `@compute @workgroup_size(${workgroupSize})`,
      `fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) workgroups: vec3u, @builtin(local_invocation_index) lane: u32${this.#usesSubgroups ? ', @builtin(subgroup_invocation_id) subgroupLane: u32' : ''}) {`,
    );
    if (this.#usesSubgroups) lines.push('let quadLane = subgroupLane % 4u;');
    // Every dispatch has a depth of one workgroup.
    if (this.#usesRuntimeZero) lines.push('let runtimeZero = f32(workgroups.z - 1u);');
    if (uniform) lines.push(`let ${uniform} = numberLow.x + numberHigh.x * ${ITERATION_RADIX}u;`);
    lines.push(body, '}');
    return `${lines.join('\n')}\n`;
  }
}
