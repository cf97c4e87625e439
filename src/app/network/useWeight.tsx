import { useEffect, useState } from 'react';
import { sandbox } from '../state/sandbox';
import type { Edge } from './geometry';

/** How often a value that is looked at is read again, ms. */
const READ_INTERVAL_MS = 250;

/** The weight of `edge` now, kept fresh while training; null while unknown. */
export function useWeight(edge: Edge | null): number | null {
  const [value, setValue] = useState<number | null>(null);
  useEffect(() => {
    setValue(null);
    if (edge === null) return;
    let live = true;
    const read = () => {
      sandbox()
        .weightAt(edge.layer, edge.input, edge.output)
        .then((weight) => live && setValue(weight))
        .catch(() => live && setValue(null));
    };
    read();
    const timer = setInterval(read, READ_INTERVAL_MS);
    return () => {
      live = false;
      clearInterval(timer);
    };
  }, [edge]);
  return value;
}

/** The strongest weights into a unit, strongest first, with the input's number. */
export function useIncoming(
  layer: number,
  output: number,
  inputs: number,
  step: number,
): readonly { readonly input: number; readonly weight: number }[] {
  const [list, setList] = useState<readonly { input: number; weight: number }[]>([]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the step says that the weights may have changed
  useEffect(() => {
    let live = true;
    if (output < 0) {
      setList([]);
      return;
    }
    const some = Array.from({ length: Math.min(inputs, 64) }, (_, input) => input);
    Promise.all(some.map((input) => sandbox().weightAt(layer, input, output)))
      .then((weights) => {
        const found = weights.map((weight, input) => ({ input, weight }));
        if (live) setList(found.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).slice(0, 4));
      })
      .catch(() => live && setList([]));
    return () => {
      live = false;
    };
  }, [layer, output, inputs, step]);
  return list;
}
