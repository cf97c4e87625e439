import { type Aval, formatAval } from '../aval';
import type { Params } from '../primitives/primitive';
import type { Atom, Program, Var } from './program';

const isProgram = (value: unknown): value is Program =>
  typeof value === 'object' && value !== null && 'equations' in value && 'inputs' in value;

/** a, b, ..., z, aa, ab, ... */
function letters(index: number): string {
  const last = String.fromCharCode(97 + (index % 26));
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last;
}

const formatNumber = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

function formatValue(value: unknown, indent: string): string {
  if (isProgram(value)) return `\n${indentLines(printProgram(value), `${indent}  `)}\n${indent}`;
  if (Array.isArray(value)) return `[${value.map((item) => formatValue(item, indent)).join(', ')}]`;
  return typeof value === 'number' ? formatNumber(value) : typeof value === 'string' ? value : JSON.stringify(value);
}

const indentLines = (text: string, indent: string): string =>
  text
    .split('\n')
    .map((line) => indent + line)
    .join('\n');

/** Static parameters as text: equal exactly when they mean the same, so it serves as a cache key. Nested programs count by structure. */
export function formatParams(params: Params, indent = ''): string {
  const entries = Object.entries(params).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? '' : `{${entries.map(([key, value]) => `${key}: ${formatValue(value, indent)}`).join(', ')}}`;
}

const formatType = (aval: Aval): string => formatAval(aval) + (aval.weakType ? '*' : '');

/** A program as text, after JAX's jaxprs. Names depend on the structure only, so equal programs print the same. */
export function printProgram(program: Program): string {
  const names = new Map<Var, string>();
  const define = (v: Var): string => {
    const name = letters(names.size);
    names.set(v, name);
    return `${name}:${formatType(v.aval)}`;
  };
  const use = (atom: Atom): string =>
    atom.type === 'literal' ? `${formatNumber(atom.value)}:${formatType(atom.aval)}` : (names.get(atom) ?? '?');
  const header = `{ (${program.inputs.map(define).join(', ')}) =>`;
  const lines = program.equations.map((equation) => {
    const operands = equation.inputs.map(use).join(', ');
    const results = equation.outputs.map(define).join(', ');
    return `  ${results} = ${equation.primitive.name}${formatParams(equation.params, '  ')}(${operands})`;
  });
  return [header, ...lines, `  (${program.outputs.map(use).join(', ')}) }`].join('\n');
}
