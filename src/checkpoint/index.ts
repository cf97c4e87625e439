export { type ArrayFactory, setArrayFactory } from './arrayFactory';
export { Checkpointer, type SaveOptions } from './checkpointer';
export { type Detected, detect, type ItemKind } from './detect';
export {
  type CheckpointDifference,
  type DiffOptions,
  diffCheckpoints,
  type LeafDifference,
} from './diff/diffCheckpoints';
export { type ValueDifference, valueDifference } from './diff/valueDifference';
export { type ExportOptions, type ExportSource, exportDirectory, exportFile, exportZip, type FileFormat } from './exporting/exporting';
export type { Json, JsonObject } from './json';
export type { KeyPart, KeyPath, KeyType } from './keyPaths';
export { showPath } from './keyPaths';
export type { SavedArrayInfo, SavedLeaf, SavedTree } from './layouts/savedTree';
export { asJaxArray, type DeviceArray, type MarkedHostArray } from './leaves';
export type { LoadOptions } from './load';
export type { PyTreeRestoreOptions, RestoreArg, SaveArg } from './manager/args';
export * as args from './manager/args';
export type { CheckpointInfo, Metrics } from './manager/checkpointInfo';
export { CheckpointManager, type ManagerSaveOptions } from './manager/checkpointManager';
export type { CheckpointManagerOptions } from './manager/options';
export * as checkpointManagers from './manager/policies';
export { type Difference, savedText } from './match';
export { type CheckpointTreeMetadata, describeTree, type LeafMetadata } from './metadata';
export { openTree } from './openTree';
export { padOrTruncate } from './padding';
export type { CommitFacts } from './paths/atomicStore';
export { CheckpointPath } from './paths/checkpointPath';
export { libraryPath, setLibrary } from './paths/libraryStore';
export { type PathLike, type PathScheme, path, registerPathScheme } from './paths/resolve';
export type { OnProgress, Progress } from './progress';
export { arrayByteLength } from './progress';
export { PyTreeCheckpointer } from './pyTreeCheckpointer';
export type { OrbaxWriteOptions } from './saveOrbax';
export { Scalar, scalar } from './scalar';
export { StandardCheckpointer } from './standardCheckpointer';
export * as testUtils from './testUtils';
export type { Transform, TransformReport, Transforms } from './transforms';
export { type AxisRange, LeafSlice, PLACEHOLDER, type Tree } from './tree';
export type { Finding, Repair } from './verify/finding';
export { repair, verify } from './verify/verify';
