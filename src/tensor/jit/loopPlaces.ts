import { sizeOf } from '#linnet/core';
import type { Var } from '../trace/program';
import type { Cluster } from './cluster';
import type { Layout } from './emitDispatch';
import type { RegionPlace } from './emitRegion';
import type { Loop } from './loops';
import type { Region } from './region';
import type { Location, StorageType } from './storage';

/** How a loop is run: its parts replayed as dispatches, or all of it in one workgroup. */
export interface ControlPlan {
  readonly loop: Loop;
  readonly body: Region;
  readonly condition: Region | undefined;
  readonly single: boolean;
  /** In one workgroup: whether carries and temporaries fit into its own memory. */
  readonly inWorkgroupMemory: boolean;
  readonly reason: string;
}

/** Where a loop body finds its inputs, and puts its outputs: carries lie where the loop's outputs do, rows move with the iteration. */
export function bodyPlace(
  loop: Loop,
  cluster: Cluster,
  outer: Layout,
  place: RegionPlace,
  arenaBase: (type: StorageType) => number,
  depth: number,
): RegionPlace {
  const { inputs, outputs } = cluster.anchor;
  const rowAt = (variable: Var): Location => {
    const whole = outer.locate(variable);
    const row = sizeOf(variable.aval.shape.slice(1));
    const last = loop.reverse ? (loop.length! - 1) * row : 0;
    return { ...whole, offset: whole.offset + last, strides: [...(whole.strides ?? []), { depth, stride: loop.reverse ? -row : row }] };
  };
  return {
    arenaName: place.arenaName,
    arenaBase,
    depth: depth + 1,
    input: (index) => {
      const operand = loop.body.operands[index]!;
      const carry = loop.carries.indexOf(operand);
      if (carry >= 0) return outer.locate(outputs[carry]!);
      const variable = inputs[operand] as Var;
      return loop.rows.includes(operand) ? rowAt(variable) : outer.locate(variable);
    },
    output: (index) => rowAt(outputs[index]!),
  };
}

/** Constants above this size stay where they are. */
const CLOSE_ELEMENTS = 2048;

/** Values that a loop in one workgroup keeps in its own part of memory: carries, and small constants. */
export function keptClose(cluster: Cluster, loop: Loop): Var[] {
  const { inputs, outputs } = cluster.anchor;
  const constants = inputs.filter((input, index): input is Var => {
    if (input.type !== 'var' || loop.carries.includes(index) || loop.rows.includes(index)) return false;
    return sizeOf(input.aval.shape) <= CLOSE_ELEMENTS;
  });
  return [...new Set([...outputs.slice(0, loop.carries.length), ...constants])];
}
