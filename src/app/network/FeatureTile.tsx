import { useEffect, useRef } from 'react';
import type { FeatureName } from '#linnet/core';
import { divergingTable } from '../charts/colorMaps';
import { useView } from '../state/view';

const PIXELS = 32;
/** Half the width of the plane a map shows. */
const REACH = 6;

const VALUES: Record<FeatureName, (x: number, y: number) => number> = {
  x1: (x) => x / REACH,
  x2: (_, y) => y / REACH,
  'x1^2': (x) => (x * x) / (REACH * REACH),
  'x2^2': (_, y) => (y * y) / (REACH * REACH),
  'x1*x2': (x, y) => (x * y) / (REACH * REACH),
  'sin(x1)': (x) => Math.sin(x),
  'sin(x2)': (_, y) => Math.sin(y),
};

/** The map of an input over the plane. It never changes, so the page draws it itself. */
export function FeatureTile({ feature }: { readonly feature: FeatureName }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const theme = useView((state) => state.theme);
  useEffect(() => {
    const canvas = ref.current!;
    canvas.width = PIXELS;
    canvas.height = PIXELS;
    const context = canvas.getContext('2d')!;
    const image = context.createImageData(PIXELS, PIXELS);
    const table = divergingTable(theme === 'light' ? 'light' : 'dark');
    for (let row = 0; row < PIXELS; row++) {
      for (let column = 0; column < PIXELS; column++) {
        const x = ((column + 0.5) / PIXELS - 0.5) * 2 * REACH;
        const y = (0.5 - (row + 0.5) / PIXELS) * 2 * REACH;
        const entry = Math.round((VALUES[feature](x, y) * 0.85 + 1) * 127.5);
        image.data.set(table.subarray(4 * entry, 4 * entry + 4), 4 * (row * PIXELS + column));
      }
    }
    context.putImageData(image, 0, 0);
  }, [feature, theme]);
  return <canvas ref={ref} className="feature-tile" />;
}
