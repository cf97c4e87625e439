import type { Explanation } from '../backend';
import type { CompiledProgram } from './compiledProgram';
import type { CompilePlan } from './compilePlan';
import { countDispatches, dispatchesOf, type Step } from './steps';
import { storageBytes } from './storage';

/** An explanation with the plan to save with a run. */
export interface GpuExplanation extends Explanation {
  readonly plan: CompilePlan;
}

/** What a compiled program does, for people and for tests. */
export function explainProgram(program: CompiledProgram): GpuExplanation {
  const kernels = dispatchesOf(program.steps).map(({ name, flops, bytes, workgroups }) => ({ name, flops, bytes, workgroups }));
  const dispatches = countDispatches(program.steps);
  let temporaryBytes = 0;
  for (const [type, elements] of program.arena) temporaryBytes += elements * storageBytes(type);
  const isSingle = program.loops.length > 0 && program.loops.every((loop) => loop.single);
  const schedule = isSingle ? 'single' : 'replay';
  const reason = program.loops[0]?.reason ?? 'one dispatch per fused kernel';
  const lines = [
    `schedule: ${schedule} (${reason})`,
    `dispatches: ${dispatches}`,
    `temporaries: ${temporaryBytes} bytes`,
    ...(program.plan.matmuls.length > 0 ? [`matmul tiles: ${program.matmuls}`] : []),
    ...program.plan.matmuls.map((variant) => `matmul: ${variant}`),
    ...render(program.steps, ''),
  ];
  return { schedule, reason, kernels, dispatches, temporaryBytes, plan: program.plan, text: lines.join('\n') };
}

function render(steps: readonly Step[], indent: string): string[] {
  return steps.flatMap((step) => {
    if (step.kind === 'loop') return [`${indent}repeat ${step.length} times:`, ...render(step.steps, `${indent}  `)];
    if (step.kind === 'copy') return [`${indent}copy ${step.byteLength} bytes ${step.from} -> ${step.to}`];
    return [`${indent}${step.name}: ${step.workgroups[0] * step.workgroups[1]} workgroups, ${step.flops} flops, ${step.bytes} bytes`];
  });
}
