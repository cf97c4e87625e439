import { installStateMethods } from './state/stateMethods';

installStateMethods();

export { Dict, List } from './containers';
export * from './filters';
export { GraphDef } from './graph/graphDef';
export { findDuplicates, iterGraph } from './graph/iterGraph';
export { iterChildren, iterModules } from './graph/iterModules';
export { clone, merge } from './graph/merge';
export { graphdef, split, state } from './graph/split';
export { pop, update } from './graph/update';
export { Module, type SetAttributesOptions, type SowOptions } from './module';
export { type AttributeNames, Pytree } from './pytree';
export { FlatState, fromFlatState, toFlatState } from './state/flatState';
export { type PureDict, restoreIntPaths, type StateLike, toPureDict } from './state/pureDict';
export { type ReplaceOptions, replaceByPureDict } from './state/replaceByPureDict';
export { State, type StateLeaf } from './state/state';
export { diff, filterState, mapState, mergeState, splitState } from './state/stateAlgebra';
export { type Metadata, Variable, type VariableType } from './variable';
export * from './variableTypes';
export { view } from './view';
