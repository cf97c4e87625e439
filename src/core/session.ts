import type { ErrorKind } from './errors';
import type { Experiment } from './experiment';

/** What the sandbox is doing. `stopped` means it stopped itself (a NaN, a lost device) and `SessionState.problem` says why. */
export type SessionStatus = 'starting' | 'ready' | 'training' | 'paused' | 'stopped';

/** Why the open run is read-only here: another tab trains it now, or took it further than this tab knows. */
export type Elsewhere = 'training' | 'continued';

/** What a person is told when something went wrong: what happened, what is safe, what to do. */
export interface Problem {
  readonly kind: ErrorKind;
  /** What stands above it; that of its kind when not given. */
  readonly title?: string;
  readonly message: string;
  readonly safe: string;
  readonly todo: string;
  /** What the page offers beside the message, in order. */
  readonly actions: readonly ('goBack' | 'retrySave' | 'download' | 'useCpu' | 'reload' | 'dismiss')[];
  /** The first step whose loss was no finite number, when that is the problem. */
  readonly divergedAt?: number;
  /** When what failed is tried again by itself: wall clock, milliseconds since 1970. */
  readonly retryAtMs?: number;
}

export interface EngineInfo {
  readonly backend: 'webgpu' | 'cpu';
  /** Adapter name, or why there is none. */
  readonly description: string;
  /** Set when WebGPU is missing: the reason, in one sentence. */
  readonly fallbackReason: string | null;
}

/** The numbers that change while training; sent at most once a frame. */
export interface SessionState {
  readonly status: SessionStatus;
  readonly run: RunInfo | null;
  readonly step: number;
  readonly epoch: number;
  /** Over the last second; 0 when not training. */
  readonly stepsPerSecond: number;
  readonly trainLoss: number | null;
  readonly testLoss: number | null;
  /** Share of test rows right, 0 to 1; null for regression. */
  readonly testAccuracy: number | null;
  readonly gpuBytes: number;
  readonly save: SaveState;
  /** The checkpoint being looked at, or null when the page shows the present. */
  readonly lookingAt: number | null;
  readonly problem: Problem | null;
  /** Why the run is read-only in this tab; null when it is not. */
  readonly elsewhere: Elsewhere | null;
  /** The step with the best test loss, when training paused by itself because it had not become better for as long as was asked. */
  readonly endedEarly?: number;
  /** Why the run is, from where it was opened, not bit-identical to what it would have been; missing when it is. */
  readonly deviation?: string;
}

export type SaveState =
  | { readonly type: 'none' }
  | {
      readonly type: 'saving';
      readonly step: number;
      /** Arrays fetched from the device. */
      readonly leavesDone: number;
      readonly leavesTotal: number;
      /** Bytes written and read back; the total is 0 until the arrays are fetched. */
      readonly bytesDone: number;
      readonly bytesTotal: number;
      /** Saves that wait for this one. */
      readonly waiting: number;
    }
  | { readonly type: 'saved'; readonly step: number; readonly persistent: boolean }
  | { readonly type: 'failed'; readonly step: number; readonly problem: Problem };

export interface RunInfo {
  readonly id: string;
  readonly name: string;
  readonly experiment: Experiment;
  readonly parameterCount: number;
  /** Layers as `linear1`, with input and output width. */
  readonly layers: readonly { readonly name: string; readonly inputs: number; readonly outputs: number }[];
  readonly classNames: readonly string[];
  /** Names of the model's inputs. */
  readonly featureNames: readonly string[];
  /** True when the inputs are functions of two coordinates, so that a surface can be drawn. */
  readonly hasSurface: boolean;
  /** The run this one was branched from. */
  readonly parent: { readonly run: string; readonly step: number } | null;
  readonly dataSource: string;
  /** For regression: the variance of the test labels, as the loss sees them; R² is one less the test loss over it. Missing in older runs. */
  readonly testVariance?: number;
}

/** Points to append to the charts, in step order. `testLoss` and `testAccuracy` are NaN where they were not evaluated. */
export interface MetricsChunk {
  readonly run: string;
  readonly steps: Float64Array;
  readonly trainLoss: Float64Array;
  readonly testLoss: Float64Array;
  readonly testAccuracy: Float64Array;
}

/** What a step is downloaded as: all of it as Orbax has it; the same with its rows and a script that goes on in JAX; its parameters alone. */
export type ExportFormat = 'orbax' | 'jax' | 'safetensors' | 'npz';

/** One checkpoint of a run, as the list shows it. */
export interface CheckpointInfo {
  readonly run: string;
  readonly step: number;
  readonly savedAtMs: number;
  readonly byteLength: number;
  readonly kind: 'auto' | 'manual';
  readonly name: string | null;
  readonly note: string | null;
  readonly trainLoss: number | null;
  readonly testLoss: number | null;
  readonly testAccuracy: number | null;
  readonly isBest: boolean;
}

export interface StorageInfo {
  readonly usedBytes: number;
  readonly checkpoints: number;
  readonly persistent: boolean;
  readonly lastBackupMs: number | null;
  /** What the look over the library after start found; none before it has ended. `harm`: data of a saved step is lost or changed. */
  readonly findings?: readonly { readonly where: string; readonly message: string; readonly harm: boolean }[];
}

/** A folder of this computer that the person picked for checkpoints. */
export interface FolderInfo {
  readonly name: string;
  readonly handle: FileSystemDirectoryHandle;
  readonly keptAtMs: number;
  /** Whether it may be used in this visit: most browsers ask again in each. */
  readonly permission: 'granted' | 'prompt' | 'denied';
}

/** A step in such a folder. */
export interface FolderStep {
  /** `<run name>/<step>` */
  readonly path: string;
  readonly byteLength: number;
}
