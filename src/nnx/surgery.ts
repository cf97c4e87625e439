import { formatPath, LinnetError, type Path } from '#linnet/core';
import { iterModules } from './graph/iterModules';
import { entriesOf, setAttribute } from './graph/node';
import { Linear } from './layers/linear';
import { LoRALinear, type LoRALinearOptions } from './layers/lora';
import { Module } from './module';
import { comparePaths } from './state/flatState';
import { dictLeaves, type PureDict, type StateLike } from './state/pureDict';
import { Variable } from './variable';

/** Sets what `root` has at `path`, in place. */
function replaceAt(root: object, path: Path, value: unknown): void {
  const parent = path.slice(0, -1).reduce<object>((node, part) => entriesOf(node).find(([name]) => name === part)![1] as object, root);
  setAttribute(parent, path.at(-1)!, value);
}

/**
 * Puts `replace(module, path)` in place of every module below `root` for which it gives another one; undefined leaves a module as it is.
 * A module that is shared is replaced everywhere by one new module. The root itself cannot be replaced.
 */
export function mapModules(root: object, replace: (module: Module, path: Path) => Module | undefined): void {
  const replacements = new Map<unknown, Module>();
  for (const [path, module] of [...iterModules(root)]) {
    const other = path.length === 0 ? undefined : replace(module, path);
    if (other !== undefined && other !== module) replacements.set(module, other);
  }
  for (const [path, value] of placesOf(root, new Set())) {
    const other = replacements.get(value);
    if (other !== undefined) replaceAt(root, path, other);
  }
}

/** Every place of a module, shared ones included, inner places first. */
function placesOf(node: object, seen: Set<object>, path: Path = []): [Path, Module][] {
  if (seen.has(node)) return [];
  seen.add(node);
  return entriesOf(node).flatMap(([key, value]): [Path, Module][] => {
    if (typeof value !== 'object' || value === null || value instanceof Variable) return [];
    const at = [...path, key];
    const inner =
      value instanceof Module || Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype ? placesOf(value, seen, at) : [];
    return value instanceof Module ? [...inner, [at, value]] : inner;
  });
}

/**
 * Replaces every Linear below `model` by a LoRALinear with the same kernel and bias, in place: the base keeps its paths and values, new
 * leaves are `lora/lora_a` and `lora/lora_b`. Train with `wrt: nnx.LoRAParam`. With `only`, just those it says yes to.
 */
export function addLoRA(
  model: object,
  options: Pick<LoRALinearOptions, 'rngs' | 'loraRank' | 'aInit' | 'bInit'>,
  only: (layer: Linear, path: Path) => boolean = () => true,
): void {
  mapModules(model, (module, path) => {
    if (!(module instanceof Linear) || module instanceof LoRALinear || !only(module, path)) return undefined;
    const { inFeatures, outFeatures, useBias, dtype, paramDtype } = module;
    const layer = new LoRALinear(inFeatures, outFeatures, { ...options, useBias, dtype, paramDtype });
    layer.kernel = module.kernel;
    layer.bias = module.bias;
    return layer;
  });
}

/** What a path becomes: another path, or null to drop the leaf. */
export type Rename = (path: Path) => Path | null;

/**
 * Nested dictionaries with other keys: for a checkpoint of a model whose parts had other names. Flax's last key `value` (or `raw_value`)
 * is taken off first. Two leaves that end at one path are an error.
 */
export function renameKeys(dict: StateLike, rename: Rename): PureDict {
  const result = Object.create(null) as PureDict;
  const origins = new Map<string, Path>();
  for (const [path, leaf] of dictLeaves(dict).sort(([a], [b]) => comparePaths(a, b))) {
    const bare = path.at(-1) === 'value' || path.at(-1) === 'raw_value' ? path.slice(0, -1) : path;
    const target = rename(bare);
    if (target === null) continue;
    const key = JSON.stringify(target);
    const other = origins.get(key);
    if (other !== undefined || target.length === 0) {
      const clash = other === undefined ? 'an empty path' : `${formatPath(target)}, like ${formatPath(other)}`;
      throw new LinnetError('InvalidArgumentError', `nnx.renameKeys: ${formatPath(bare)} becomes ${clash}.`);
    }
    origins.set(key, bare);
    putAt(result, target, leaf instanceof Variable ? leaf.value : leaf);
  }
  return result;
}

function putAt(root: PureDict, path: Path, value: unknown): void {
  const define = (dict: PureDict, key: string, item: unknown): void => {
    Object.defineProperty(dict, key, { value: item, enumerable: true, writable: true, configurable: true });
  };
  const level = path.slice(0, -1).reduce<PureDict>((dict, part) => {
    if (!Object.hasOwn(dict, part)) define(dict, String(part), Object.create(null));
    return dict[part] as PureDict;
  }, root);
  define(level, String(path.at(-1)), value);
}
