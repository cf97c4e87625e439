export { NodeDirectoryStore } from './directoryStore';
export { nodePath, registerNodePaths } from './nodePath';
export { run } from './run';
