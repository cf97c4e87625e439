import { keepNames } from './classNames';
import { Dict, List } from './containers';
import { MultiHeadAttention } from './layers/attention';
import { BatchNorm } from './layers/batchNorm';
import { Conv } from './layers/conv';
import { ConvTranspose } from './layers/convTranspose';
import { Dropout } from './layers/dropout';
import { Einsum } from './layers/einsum';
import { Embed } from './layers/embed';
import { GroupNorm } from './layers/groupNorm';
import { LayerNorm, RMSNorm } from './layers/layerNorm';
import { Linear } from './layers/linear';
import { LinearGeneral } from './layers/linearGeneral';
import { LoRA, LoRALinear } from './layers/lora';
import { Sequential } from './layers/sequential';
import { Accuracy, Average } from './metrics/average';
import { MultiMetric } from './metrics/multiMetric';
import { Welford } from './metrics/welford';
import { Optimizer } from './optimizer';
import { RngStream } from './rngs/rngStream';
import { Rngs } from './rngs/rngs';
import { State } from './state/state';
import { installStateMethods } from './state/stateMethods';
import { Variable } from './variable';
import * as variableTypes from './variableTypes';

installStateMethods();
keepNames({ ...variableTypes, Variable, State, Dict, List, Rngs, RngStream, Optimizer, Accuracy, Average, MultiMetric, Welford });
keepNames({ BatchNorm, Conv, ConvTranspose, Dropout, Einsum, Embed, GroupNorm, LayerNorm, Linear, LinearGeneral, LoRA, LoRALinear });
keepNames({ MultiHeadAttention, RMSNorm, Sequential });

export { initializers } from '#linnet/random';
export * from './activations';
export { data, static_ as static } from './annotations';
export { Dict, List } from './containers';
export type { ArrayDescription, ArrayStatistics } from './display/arrayDescription';
export type { Child, Description, FlaxStyle } from './display/description';
export { type Display, display, displayAs } from './display/display';
export { repr } from './display/repr';
export { type TabulateOptions, tabulate } from './display/tabulate';
export {
  All,
  Any,
  Everything,
  type Filter,
  Not,
  Nothing,
  OfType,
  PathContains,
  PathIn,
  type Predicate,
  toPredicate,
  WithTag,
} from './filters';
export { GraphDef } from './graph/graphDef';
export { findDuplicates, iterGraph } from './graph/iterGraph';
export { iterChildren, iterModules } from './graph/iterModules';
export { clone, merge } from './graph/merge';
export { graphdef, split, state } from './graph/split';
export { pop, update } from './graph/update';
export { combineMasks, dotProductAttention, MultiHeadAttention, makeAttentionMask, makeCausalMask } from './layers/attention';
export { BatchNorm } from './layers/batchNorm';
export { Conv, type ConvOptions, type Padding } from './layers/conv';
export { ConvTranspose } from './layers/convTranspose';
export { Dropout } from './layers/dropout';
export { Einsum } from './layers/einsum';
export { Embed } from './layers/embed';
export { GroupNorm } from './layers/groupNorm';
export { LayerNorm, RMSNorm } from './layers/layerNorm';
export { Linear } from './layers/linear';
export { LinearGeneral } from './layers/linearGeneral';
export { LoRA, LoRALinear } from './layers/lora';
export { avgPool, maxPool, minPool } from './layers/pooling';
export { type Layer, Sequential } from './layers/sequential';
export { Accuracy, Average } from './metrics/average';
export { Metric } from './metrics/metric';
export { MultiMetric } from './metrics/multiMetric';
export { Welford } from './metrics/welford';
export { Module, type SetAttributesOptions, type SowOptions } from './module';
export { Optimizer, type OptimizerOptions } from './optimizer';
export { partialInit } from './partialInit';
export { type AttributeNames, Pytree } from './pytree';
export { reseed } from './rngs/reseed';
export { RngStream } from './rngs/rngStream';
export { Rngs, type RngsOptions } from './rngs/rngs';
export { splitRngs } from './rngs/splitRngs';
export { FlatState, fromFlatState, toFlatState } from './state/flatState';
export { asPure } from './state/pure';
export { type PureDict, restoreIntPaths, type StateLike, toPureDict } from './state/pureDict';
export { type ReplaceOptions, replaceByPureDict } from './state/replaceByPureDict';
export { State, type StateLeaf } from './state/state';
export { diff, filterState, mapState, mergeState, splitState } from './state/stateAlgebra';
export type { StateOf } from './state/stateOf';
export { addLoRA, mapModules, type Rename, renameKeys } from './surgery';
export { evalShape } from './transforms/evalShape';
export { DiffState, grad, valueAndGrad } from './transforms/grad';
export { jit } from './transforms/jit';
export { Carry, type ScanOptions, scan } from './transforms/scan';
export { StateAxes, vmap } from './transforms/vmap';
export { type Metadata, Variable, type VariableType } from './variable';
export * from './variableTypes';
export { view } from './view';
