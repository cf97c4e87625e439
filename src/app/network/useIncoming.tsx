import { useEffect, useState } from 'react';
import { sandbox } from '../state/sandbox';

/** How often weights that are looked at are read again, ms. */
const READ_INTERVAL_MS = 250;

const NONE: Float32Array = new Float32Array();

/** The weights into a unit of layer `layer`, kept fresh while they are shown; empty while unknown, or when no unit is meant (-1). */
export function useIncoming(layer: number, output: number): Float32Array {
  const [weights, setWeights] = useState(NONE);
  useEffect(() => {
    setWeights(NONE);
    if (layer < 0 || output < 0) return;
    let live = true;
    const read = () => {
      sandbox()
        .incomingWeights(layer, output)
        .then((next) => live && setWeights(next))
        .catch(() => live && setWeights(NONE));
    };
    read();
    const timer = setInterval(read, READ_INTERVAL_MS);
    return () => {
      live = false;
      clearInterval(timer);
    };
  }, [layer, output]);
  return weights;
}

/** The strongest of the weights into a unit, strongest first, with the input's number. */
export function strongest(weights: Float32Array, count: number): readonly { readonly input: number; readonly weight: number }[] {
  return Array.from(weights, (weight, input) => ({ input, weight }))
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
    .slice(0, count);
}
