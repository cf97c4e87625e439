import { LinnetError } from '#linnet/core';
import type { CpuRule, Params, Primitive } from '../primitives/primitive';

const RULES = new Map<string, CpuRule>();

/** Adds the CPU reference of the row called `name`. */
export function defineCpuRule<P extends Params>(name: string, rule: CpuRule<P>): void {
  RULES.set(name, rule);
}

/** The CPU reference of `primitive`. */
export function cpuRuleOf(primitive: Primitive): CpuRule {
  const rule = primitive.cpu ?? RULES.get(primitive.name);
  if (rule) return rule;
  throw new LinnetError('InternalError', `${primitive.name} has no rule for the CPU.`);
}
