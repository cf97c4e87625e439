/** A named WGSL function that generated kernels may call; it is emitted once per module that uses it, after what it uses itself. */
export interface WgslFunction {
  readonly name: string;
  readonly source: string;
  readonly uses?: readonly WgslFunction[];
}

/** A WGSL function of `name` from its parameter list, result type and body. */
export function wgsl(name: string, signature: string, body: string, uses: readonly WgslFunction[] = []): WgslFunction {
  return { name, source: `fn ${name}${signature} {${body}}`, uses };
}

/** `functions` and everything they use, each once, callees first. */
export function withDependencies(functions: Iterable<WgslFunction>): WgslFunction[] {
  const ordered = new Map<string, WgslFunction>();
  const visit = (fn: WgslFunction): void => {
    if (ordered.has(fn.name)) return;
    for (const callee of fn.uses ?? []) visit(callee);
    ordered.set(fn.name, fn);
  };
  for (const fn of functions) visit(fn);
  return [...ordered.values()];
}
