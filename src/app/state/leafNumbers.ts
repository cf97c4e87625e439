import { useEffect } from 'react';
import { create } from 'zustand';
import { isLinnetError, type LeafInfo, type LeafStatistics } from '#linnet/core';
import { leafKey } from '../inspect/leafTree';
import { inspector, useInspection } from './inspection';

/** Arrays up to this size are read for the small pictures of the tree; larger ones when they are selected. */
const UNASKED_BYTES = 4_000_000;

type Numbers = LeafStatistics | string;

/** Numbers of the leaves seen so far: statistics, or why there are none. Keys are `numbersKey`. */
const useNumbers = create<{ readonly of: ReadonlyMap<string, Numbers> }>(() => ({ of: new Map() }));

/** Rows that appear within this time of one another, ms, are being scrolled past: nothing is read before they rest. */
const REST_MS = 80;

const wanted = new Map<string, { readonly item: string; readonly leaf: LeafInfo }>();
let reading = false;
let rest: ReturnType<typeof setTimeout> | undefined;

/** Numbers that were read and are not shown yet: shown once a frame. */
const arrived = new Map<string, Numbers>();
let frame = 0;

const numbersKey = (report: string, item: string, leaf: LeafInfo): string => JSON.stringify([report, item, leafKey(leaf.path)]);

async function read({ item, leaf }: { readonly item: string; readonly leaf: LeafInfo }): Promise<Numbers | null> {
  try {
    return (await inspector()?.leafStatistics(item, leaf.path)) ?? null;
  } catch (error) {
    if (isLinnetError(error, 'AbortedError')) return null;
    return error instanceof Error ? error.message : String(error);
  }
}

/** Reads what is wanted, newest wish first: rows that scrolled away long ago can wait. */
async function readWanted(): Promise<void> {
  if (reading) return;
  reading = true;
  while (wanted.size > 0) {
    const [key, wish] = [...wanted].at(-1)!;
    wanted.delete(key);
    const numbers = await read(wish);
    if (numbers !== null) show(key, numbers);
  }
  reading = false;
}

function show(key: string, numbers: Numbers): void {
  arrived.set(key, numbers);
  if (frame !== 0) return;
  frame = requestAnimationFrame(() => {
    frame = 0;
    useNumbers.setState(({ of }) => ({ of: new Map([...of, ...arrived]) }));
    arrived.clear();
  });
}

function readSoon(): void {
  clearTimeout(rest);
  rest = setTimeout(() => void readWanted(), REST_MS);
}

useInspection.subscribe(({ report }, before) => {
  if (report?.id === before.report?.id) return;
  wanted.clear();
  arrived.clear();
  useNumbers.setState({ of: new Map() });
});

/** Statistics of a leaf of the upload, read while it is shown; a sentence when they cannot be had, null until then. Large arrays wait for `asked`. */
export function useLeafNumbers(leaf: LeafInfo | null, asked: boolean): Numbers | null {
  const report = useInspection((state) => state.report?.id ?? '');
  const item = useInspection((state) => state.item ?? '');
  const readable = leaf !== null && (leaf.kind === 'array' || leaf.kind === 'scalar') && (asked || leaf.byteLength <= UNASKED_BYTES);
  const key = readable ? numbersKey(report, item, leaf) : '';
  const numbers = useNumbers((state) => state.of.get(key) ?? null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for report, item and leaf
  useEffect(() => {
    if (!readable || numbers !== null) return;
    wanted.delete(key);
    wanted.set(key, { item, leaf });
    if (asked) void readWanted();
    else readSoon();
    return () => {
      wanted.delete(key);
    };
  }, [key]);
  return numbers;
}
