import { sizeOf } from '#linnet/core';
import type { DeviceFacts } from '#linnet/gpu';
import type { Var } from '../trace/program';
import { CodeWriter } from './codeWriter';
import { WORKGROUP_SIZE } from './emitDispatch';
import { copyStep, type DispatchStep, type Step } from './steps';
import { type Location, storageBytes } from './storage';
import { WgslModule } from './wgslModule';

/** All elements of `variable` from one place to another. */
export interface Move {
  readonly variable: Var;
  readonly from: Location;
  readonly to: Location;
}

/** Steps that make all `moves`, whose targets are no other's sources. WebGPU copies only between buffers; inside one a kernel does it. */
export function moveSteps(moves: readonly Move[], facts: DeviceFacts): Step[] {
  const within = moves.filter(({ variable, from, to }) => {
    return from.buffer === to.buffer && from.offset !== to.offset && sizeOf(variable.aval.shape) > 0;
  });
  const between = moves.filter(({ from, to }) => from.buffer !== to.buffer);
  const copies = between.flatMap(({ variable, from, to }) => copyStep(from, to, sizeOf(variable.aval.shape)));
  return within.length === 0 ? copies : [...copies, moveKernel(within, facts)];
}

function moveKernel(moves: readonly Move[], facts: DeviceFacts): DispatchStep {
  const module = new WgslModule();
  const code = new CodeWriter();
  const sizes = moves.map(({ variable }) => sizeOf(variable.aval.shape));
  const groups = Math.min(facts.maxWorkgroupsPerDimension, Math.ceil(Math.max(...sizes) / WORKGROUP_SIZE));
  moves.forEach(({ from, to }, i) => {
    const item = code.fresh('item');
    const first = `var ${item} = workgroup.x * ${WORKGROUP_SIZE}u + lane`;
    code.block(`for (${first}; ${item} < ${sizes[i]}u; ${item} += ${groups * WORKGROUP_SIZE}u)`, () => {
      code.line(`${module.element(to, item, true)} = ${module.element(from, item, false)};`);
    });
  });
  return {
    kind: 'dispatch',
    name: `move ${moves.map(({ variable }) => `[${variable.aval.shape}]`).join(' ')}`,
    wgsl: module.text(WORKGROUP_SIZE, code.text()),
    buffers: module.buffers,
    access: module.access,
    usesIteration: false,
    workgroups: [groups, 1, 1],
    flops: 0,
    bytes: moves.reduce((sum, { from }, i) => sum + 2 * sizes[i]! * storageBytes(from.type), 0),
  };
}
