import { type CheckpointPath, path as checkpointPath, detect, openTree, type SavedLeaf, type SavedTree, verify } from '#linnet/checkpoint';
import {
  castHostArray,
  type DType,
  flatten,
  flattenWithPath,
  type HostArray,
  type InspectReport,
  itemByteLength,
  type LeafInfo,
  LinnetError,
  sizeOf,
  unflatten,
} from '#linnet/core';
import * as nnx from '#linnet/nnx';
import { random } from '#linnet/random';
import { fromHost, type Array as JaxArray, jnp } from '#linnet/tensor';
import { type LeafForm, matchTrees, type TreeMatch } from './matchTree';
import { readRecord, splitModel } from './stepItems';
import { shareTree, type TrainingState } from './trainingState';

/** A dropped or picked upload: files with their paths. */
export interface UploadedFiles {
  readonly name: string;
  readonly files: readonly { readonly path: string; readonly blob: Blob }[];
}

/** One tree of an upload, opened: no array is read yet. */
interface OpenItem {
  readonly name: string;
  readonly tree: SavedTree;
}

/** An upload that was looked into. */
export interface OpenUpload {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly items: readonly OpenItem[];
  readonly byteLength: number;
  /** The directory of a step that Linnet saved, with everything a run is; null for other checkpoints. */
  readonly linnetStep: CheckpointPath | null;
  /** What a check of its bytes found; large uploads are checked when they are read. */
  readonly findings: InspectReport['findings'];
}

/** Uploads up to this size are checked byte by byte while they are looked into. */
const CHECKED_BYTES = 64 * 1024 * 1024;

/** What became of the leaves of a load, by path. */
export interface LoadReport {
  readonly loaded: string[];
  readonly kept: string[];
  readonly dropped: string[];
}

let lastId = 0;

/** Reads the structure of what was dropped: a zip, a folder, single files. Errors say what it is instead of a checkpoint. */
export async function openUpload({ name, files }: UploadedFiles): Promise<OpenUpload> {
  if (files.length === 0) throw new LinnetError('CheckpointNotFoundError', `"${name}" holds no files.`);
  const byteLength = files.reduce((sum, { blob }) => sum + blob.size, 0);
  const [only] = files;
  const place =
    files.length === 1 ? await checkpointPath(only!.blob) : await checkpointPath(files.map(({ path, blob }) => ({ path, file: blob })));
  const found = await detect(place);
  const step = found.kind === 'manager' ? await detect(found.path.join(found.steps.at(-1)!)) : found;
  const items: OpenItem[] = [];
  let linnetStep: CheckpointPath | null = null;
  if (step.kind === 'step' || step.kind === 'v1') {
    for (const [item, kind] of step.items) if (kind === 'tree') items.push({ name: item, tree: await openTree(step.path.join(item)) });
    if (await isReadable(step.path)) linnetStep = step.path;
  } else items.push({ name: '', tree: await openTree(step.path) });
  const layout = items[0]?.tree.layout ?? 'orbax';
  const what = step.kind === 'step' ? `, ${found.kind === 'manager' ? 'newest step of a manager' : 'a manager step'}` : '';
  const description = `${layout === 'orbax' ? 'Orbax checkpoint' : `${layout} file`}${what}${linnetStep === null ? '' : ', saved by Linnet'}`;
  const findings = byteLength <= CHECKED_BYTES ? await verify(place) : [];
  return { id: `upload-${++lastId}`, name, description, items, byteLength, linnetStep, findings };
}

/** Whether the record of a step can be read here; a step of a newer Linnet is a checkpoint like any other. */
async function isReadable(step: CheckpointPath): Promise<boolean> {
  try {
    await readRecord(step);
    return true;
  } catch {
    return false;
  }
}

const formOf = ({ path, array }: SavedLeaf): LeafForm => ({
  path: path.map(({ key }) => key),
  shape: array?.shape ?? null,
  dtype: array?.dtype ?? null,
});

/** The leaves of a state as the model wants them. */
function wantedLeaves(state: nnx.State): { readonly forms: LeafForm[]; readonly leaves: readonly JaxArray[] } {
  const { leaves } = flattenWithPath(state);
  const forms = leaves.map(([path, leaf]) => ({ path, shape: (leaf as JaxArray).shape, dtype: (leaf as JaxArray).dtype as DType }));
  return { forms, leaves: leaves.map(([, leaf]) => leaf as JaxArray) };
}

/** The item that holds the model: the one named, else the one whose leaves fit best. */
export function modelItem(upload: OpenUpload, model: nnx.State, name?: string): { item: OpenItem; match: TreeMatch } {
  const { forms } = wantedLeaves(splitModel(model).model);
  const candidates = upload.items.filter((item) => name === undefined || item.name === name);
  const matched = candidates.map((item) => ({ item, match: matchTrees(item.tree.leaves.map(formOf), forms) }));
  const best = matched.reduce<(typeof matched)[number] | undefined>(
    (a, b) => (a === undefined || b.match.pairs.size > a.match.pairs.size ? b : a),
    undefined,
  );
  if (best !== undefined) return best;
  const there = upload.items.map((item) => item.name).join(', ') || 'none';
  throw new LinnetError(
    'CheckpointNotFoundError',
    `"${upload.name}" has no tree of arrays${name === undefined ? '' : ` called "${name}"`}. Items: ${there}.`,
  );
}

function leafInfo({ path, valueType, array, text }: SavedLeaf): LeafInfo {
  const shape = array?.shape ?? null;
  const kind = array === undefined ? (text === undefined ? 'none' : 'string') : valueType === 'scalar' ? 'scalar' : 'array';
  return {
    path: path.map(({ key }) => key),
    kind,
    dtype: array?.dtype ?? null,
    shape,
    byteLength: array === undefined ? 0 : sizeOf(array.shape) * itemByteLength(array.dtype),
    text: text ?? null,
  };
}

/** What the page shows of an upload; `model` is the present model's state, to be matched against. */
export function inspectUpload(upload: OpenUpload, model: nnx.State | null): InspectReport {
  const { id, name, description, byteLength } = upload;
  return {
    id,
    name,
    description,
    byteLength,
    items: upload.items.map((item) => ({ name: item.name, leaves: item.tree.leaves.map(leafInfo) })),
    findings: upload.findings.map(({ severity, where, message }) => ({ severity, where, message })),
    match: model === null || upload.items.length === 0 ? null : modelItem(upload, model).match.rows,
  };
}

/** An array of the checkpoint as one of the model's: its dtype, on the device. */
async function readInto(tree: SavedTree, leaf: SavedLeaf, dtype: DType): Promise<JaxArray> {
  const host: HostArray = await tree.readArray(leaf);
  if (dtype === 'key<fry>') return random.wrapKeyData(host);
  return fromHost(host.dtype === dtype ? host : castHostArray(host, dtype));
}

/** `state` with the matched leaves read from `item`; `otherwise` makes the leaves that are missing. */
async function fill(item: OpenItem, match: TreeMatch, state: nnx.State, otherwise: (leaf: JaxArray) => JaxArray): Promise<nnx.State> {
  const { leaves } = wantedLeaves(state);
  const filled = await Promise.all(
    leaves.map(async (leaf, i) => {
      const at = match.pairs.get(i);
      return at === undefined ? otherwise(leaf) : readInto(item.tree, item.tree.leaves[at]!, leaf.dtype as DType);
    }),
  );
  return unflatten(flatten(state).structure, filled) as nnx.State;
}

const keep = (leaf: JaxArray): JaxArray => shareTree(leaf);

/** The optimiser's state from the upload, when all of it fits; null otherwise. */
async function fittingOptimizer(upload: OpenUpload, optimizer: nnx.State): Promise<nnx.State | null> {
  const item = upload.items.find(({ name }) => name === 'optimizer');
  if (item === undefined) return null;
  const { forms } = wantedLeaves(optimizer);
  const match = matchTrees(item.tree.leaves.map(formOf), forms);
  return match.pairs.size === forms.length ? fill(item, match, optimizer, keep) : null;
}

/**
 * The present state with what fits of the upload put in: parameters and statistics of the model item; the optimiser only when all of it
 * fits. Leaves that are missing stay as they are, or become zeros.
 */
export async function loadFitting(
  upload: OpenUpload,
  present: TrainingState,
  options: { readonly item?: string | undefined; readonly missing: 'keep' | 'zeros' },
): Promise<{ readonly state: TrainingState; readonly report: LoadReport }> {
  const { item, match } = modelItem(upload, present.model, options.item);
  if (match.pairs.size === 0) {
    const reasons = match.rows.slice(0, 8).map(({ path, reason }) => `${path}: ${reason}`);
    throw new LinnetError('CheckpointMismatchError', `Nothing of "${upload.name}" fits the model. ${reasons.join(' ')}`);
  }
  const parts = splitModel(present.model);
  const model = await fill(item, match, parts.model, options.missing === 'zeros' ? (leaf) => jnp.zerosLike(leaf) : keep);
  const optimizer = (await fittingOptimizer(upload, present.optimizer)) ?? shareTree(present.optimizer);
  const paths = (statuses: readonly string[]): string[] =>
    match.rows.flatMap(({ status, path }) => (statuses.includes(status) ? [path] : []));
  return {
    state: { model: nnx.mergeState(model, shareTree(parts.rngs)), optimizer },
    report: { loaded: paths(['fits', 'dtype']), kept: paths(['missing', 'shape']), dropped: paths(['unexpected']) },
  };
}
