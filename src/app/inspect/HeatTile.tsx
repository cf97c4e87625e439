import { useEffect, useRef } from 'react';
import type { LeafStatistics } from '#linnet/core';
import { divergingTable } from '../charts/colorMaps';
import { useView } from '../state/view';

/** A leaf's values as a heat map: blue below zero, amber above, hatched where there is no number. */
export function HeatTile({ tile }: { readonly tile: LeafStatistics['tile'] }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const theme = useView((state) => state.theme);
  useEffect(() => {
    const { width, height, values } = tile;
    const canvas = ref.current!;
    canvas.width = Math.max(1, width);
    canvas.height = Math.max(1, height);
    const image = new ImageData(canvas.width, canvas.height);
    const table = divergingTable(theme === 'light' ? 'light' : 'dark');
    const largest = values.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0) || 1;
    values.forEach((value, i) => {
      if (!Number.isFinite(value)) {
        const stripe = (Math.floor(i / width) + (i % width)) % 2 === 0;
        image.data.set(stripe ? [176, 33, 61, 255] : [252, 233, 236, 255], 4 * i);
        return;
      }
      const entry = Math.round((value / largest + 1) * 127.5);
      image.data.set(table.subarray(4 * entry, 4 * entry + 4), 4 * i);
    });
    canvas.getContext('2d')!.putImageData(image, 0, 0);
  }, [tile, theme]);
  return <canvas ref={ref} className="heat-tile" />;
}
