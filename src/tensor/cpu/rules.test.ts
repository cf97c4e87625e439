import { expect, test } from 'vitest';
import { allPrimitives } from '../index';
import type { Primitive } from '../primitives/primitive';
import './index';
import { cpuRuleOf } from './rules';

test('every primitive has a CPU reference', () => {
  expect(allPrimitives().length).toBeGreaterThan(60);
  for (const primitive of allPrimitives()) expect(cpuRuleOf(primitive), primitive.name).toBeTypeOf('function');
});

test('one without a reference is named', () => {
  const unknown: Primitive = { name: 'planted', abstract: () => [], gpu: { kind: 'contraction' } };
  expect(() => cpuRuleOf(unknown)).toThrow(/planted has no rule for the CPU/);
});
