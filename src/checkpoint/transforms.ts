import { isHostArray, LinnetError } from '#linnet/core';
import { mapConcurrently } from './concurrency';
import { type KeyPath, showPath } from './keyPaths';
import type { SavedLeaf, SavedTree } from './layouts/savedTree';
import { collectLeaves } from './leaves';
import { fitShape, PARALLEL_READS, readLeaf, readRequested } from './load';
import { indexLeaves, leafKey, misfit, requestText, savedText } from './match';
import { fulfil, parseTarget, type TargetLeaf, withoutTarget } from './target';

/** A rule for the target leaves whose whole path, keys joined by "/", matches its pattern. */
export interface Transform {
  /** Path of the saved leaf to take, keys joined by "/"; `$1` or `\1` stand for groups of the pattern. Default: the same path. */
  readonly originalKey?: string;
  /** Keep the target's own value. Not together with a function. */
  readonly useFallback?: boolean;
  /** Computes the value from the saved one. */
  readonly valueFn?: (value: unknown) => unknown;
  /** Computes the value from several saved ones, by their paths. Needs `multiValueFnInputs`. */
  readonly multiValueFn?: (key: string, values: ReadonlyMap<string, unknown>) => unknown;
  /** Paths of the saved leaves that `multiValueFn` wants, keys joined by "/"; groups as in `originalKey`. */
  readonly multiValueFnInputs?: readonly string[];
}

/** Rules by pattern: a regular expression that must match a leaf's whole path in the target. The first that matches counts. */
export type Transforms = Readonly<Record<string, Transform>>;

/** What a restore with transformations did, by path, keys joined by "/". */
export interface TransformReport {
  /** Target leaves that got saved values, and from where. */
  readonly loaded: readonly { readonly to: string; readonly from: readonly string[] }[];
  /** Target leaves that kept their own value. */
  readonly kept: readonly string[];
  /** Saved leaves that nothing asked for. */
  readonly dropped: readonly string[];
  /** Patterns that matched no leaf: most likely a mistake, e.g. a rule for a prefix only. */
  readonly unusedRules: readonly string[];
}

/** How a tree is restored with rules. */
export interface TransformOptions {
  readonly transforms: Transforms;
  /** Whether leaves without a rule take the saved leaf of the same path. Default true; false keeps the target's values. */
  readonly transformsDefaultToOriginal?: boolean;
  readonly strict?: boolean;
}

const slashPath = (path: KeyPath): string => path.map(({ key }) => key).join('/');

interface Rule {
  readonly pattern: string;
  readonly regex: RegExp;
  readonly transform: Transform;
  used: boolean;
}

function parseRules(transforms: Transforms): Rule[] {
  return Object.entries(transforms).map(([pattern, transform]) => {
    const hasFunction = transform.valueFn !== undefined || transform.multiValueFn !== undefined;
    if (transform.useFallback && hasFunction)
      throw badRule(pattern, 'useFallback keeps the value of the target, so it cannot have a function');
    if (transform.multiValueFn !== undefined && transform.multiValueFnInputs === undefined) {
      throw badRule(pattern, 'multiValueFn needs multiValueFnInputs, the paths it wants');
    }
    try {
      return { pattern, regex: new RegExp(`^(?:${pattern})$`, 'u'), transform, used: false };
    } catch (cause) {
      throw badRule(pattern, `it is not a regular expression (${(cause as Error).message})`);
    }
  });
}

const badRule = (pattern: string, why: string): LinnetError =>
  new LinnetError('InvalidArgumentError', `The transformation rule ${JSON.stringify(pattern)} is not valid: ${why}.`);

/** Fills groups of a match into `template`: `$1` as in JavaScript, `\1` as in Python. */
const expand = (template: string, match: RegExpExecArray): string =>
  template.replace(/[$\\](\d)/g, (_, group: string) => match[Number(group)] ?? '');

/** Where one target leaf's value comes from. */
interface Plan {
  readonly leaf: TargetLeaf;
  readonly sources: readonly SavedLeaf[];
  readonly compute?: (values: readonly unknown[]) => unknown;
}

function planLeaf(
  leaf: TargetLeaf,
  rules: readonly Rule[],
  bySlashPath: (path: string) => SavedLeaf | undefined,
  defaultToOriginal: boolean,
): Plan {
  const key = slashPath(leaf.path);
  for (const rule of rules) {
    const match = rule.regex.exec(key);
    if (match === null) continue;
    rule.used = true;
    const { useFallback, multiValueFn, multiValueFnInputs, originalKey, valueFn } = rule.transform;
    if (useFallback) return { leaf, sources: [] };
    const find = (template: string): SavedLeaf => {
      const from = expand(template, match);
      const found = bySlashPath(from);
      if (found !== undefined) return found;
      throw new LinnetError(
        'CheckpointMismatchError',
        `The rule ${JSON.stringify(rule.pattern)} takes ${key} from ${from}, but the checkpoint has no such leaf.`,
        { details: { differences: [{ kind: 'missing', path: from.split('/') }] } },
      );
    };
    if (multiValueFn !== undefined) {
      const names = multiValueFnInputs!.map((name) => expand(name, match));
      const sources = multiValueFnInputs!.map(find);
      return { leaf, sources, compute: (values) => multiValueFn(key, new Map(names.map((name, i) => [name, values[i]]))) };
    }
    return { leaf, sources: [find(originalKey ?? key)], ...(valueFn === undefined ? {} : { compute: ([value]) => valueFn(value) }) };
  }
  const same = defaultToOriginal ? bySlashPath(key) : undefined;
  return { leaf, sources: same === undefined || leaf.request.form === 'placeholder' ? [] : [same] };
}

function checkPlans(plans: readonly Plan[], saved: SavedTree, strict: boolean): void {
  const wrong = plans.flatMap(({ leaf, sources: [source], compute }) => {
    if (source === undefined || compute !== undefined) return [];
    const kind = misfit(source, leaf.request, strict);
    return kind === undefined
      ? []
      : [{ kind, path: leaf.path.map(({ key }) => key), saved: savedText(source), wanted: requestText(leaf.request) }];
  });
  if (wrong.length === 0) return;
  const lines = wrong.map(({ path, saved: found, wanted }) => `  ${path.join('/')} would be ${found}, the target wants ${wanted}`);
  throw new LinnetError(
    'CheckpointMismatchError',
    `After the transformations ${saved.location} does not fit the target:\n${lines.join('\n')}`,
    {
      details: { differences: wrong },
    },
  );
}

/** What a rule's function returned, as the target wants it. */
async function shaped(value: unknown, leaf: TargetLeaf): Promise<unknown> {
  if (typeof value === 'string') return value;
  const [content] = collectLeaves({ value }, { copy: false });
  const array = await content?.array?.read();
  if (array === undefined || !isHostArray(array)) return value;
  const request = leaf.request;
  const asSaved = { path: leaf.path, name: '', valueType: 'np.ndarray' as const, array: { ...array, chunkShape: undefined } };
  if (misfit(asSaved, request, true) !== undefined) {
    throw new LinnetError(
      'CheckpointMismatchError',
      `The function for ${showPath(leaf.path)} returned ${savedText(asSaved)}, but the target wants ${requestText(request)}.`,
    );
  }
  return fulfil(request, fitShape(array, request));
}

async function carryOut(saved: SavedTree, { leaf, sources, compute }: Plan): Promise<unknown> {
  if (sources.length === 0) return leaf.value;
  if (compute === undefined) return readRequested(saved, sources[0]!, leaf.request);
  const values = await mapConcurrently(sources, PARALLEL_READS, async (source) =>
    source.array === undefined ? (source.text ?? null) : withoutTarget(source, await readLeaf(saved, source)),
  );
  return shaped(await compute(values), leaf);
}

function report(saved: SavedTree, plans: readonly Plan[], rules: readonly Rule[]): TransformReport {
  const used = new Set(plans.flatMap(({ sources }) => sources));
  return {
    loaded: plans
      .filter(({ sources }) => sources.length > 0)
      .map(({ leaf, sources }) => ({ to: slashPath(leaf.path), from: sources.map(({ path }) => slashPath(path)) })),
    kept: plans.filter(({ sources }) => sources.length === 0).map(({ leaf }) => slashPath(leaf.path)),
    dropped: saved.leaves.filter((leaf) => (leaf.array ?? leaf.text) !== undefined && !used.has(leaf)).map(({ path }) => slashPath(path)),
    unusedRules: rules.filter((rule) => !rule.used).map(({ pattern }) => pattern),
  };
}

/**
 * Restores into `target`, each leaf by the first rule that matches it, and says what was loaded, kept and dropped. Leaves without a
 * rule take the saved leaf of the same path, or keep the target's value where there is none. Shapes are checked as without rules.
 */
export async function loadWithTransforms<T>(
  saved: SavedTree,
  target: T,
  options: TransformOptions,
): Promise<{ tree: T; report: TransformReport }> {
  const parsed = parseTarget(target);
  const rules = parseRules(options.transforms);
  const byKey = indexLeaves(saved.leaves);
  const bySlash = new Map(saved.leaves.map((leaf) => [slashPath(leaf.path), leaf]));
  const find = (path: string): SavedLeaf | undefined =>
    bySlash.get(path) ?? byKey.get(leafKey(path.split('/').map((key) => ({ key, type: 'dict' as const }))));
  const plans = parsed.leaves.map((leaf) => planLeaf(leaf, rules, find, options.transformsDefaultToOriginal ?? true));
  checkPlans(plans, saved, options.strict ?? true);
  const values = await mapConcurrently(plans, PARALLEL_READS, (plan) => carryOut(saved, plan));
  return { tree: parsed.rebuild(values) as T, report: report(saved, plans, rules) };
}
