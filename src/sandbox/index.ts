export { startEngine } from './engine';
export { parseExperiment } from './experiment';
export { RunLibrary } from './runLibrary';
export { Sandbox, type SandboxListener } from './sandbox';
