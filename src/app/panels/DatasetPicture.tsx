import { useEffect, useRef } from 'react';
import type { DatasetName } from '#linnet/core';
import { divergingCss } from '../charts/colorMaps';
import { PREVIEW_DIGITS, previewPoints, previewValue } from '../data/previews';
import { useView } from '../state/view';

const SIZE = 48;

interface Colors {
  readonly negative: string;
  readonly positive: string;
  readonly ink: string;
}

function drawPoints(context: CanvasRenderingContext2D, name: DatasetName, colors: Colors): void {
  for (const { x, y, value } of previewPoints(name)) {
    context.fillStyle = value > 0 ? colors.positive : colors.negative;
    context.beginPath();
    context.arc(SIZE / 2 + x * 22, SIZE / 2 - y * 22, 1.3, 0, 7);
    context.fill();
  }
}

function drawValues(context: CanvasRenderingContext2D, name: DatasetName, ground: 'light' | 'dark'): void {
  const cell = 3;
  for (let row = 0; row < SIZE / cell; row++) {
    for (let column = 0; column < SIZE / cell; column++) {
      const x = ((column + 0.5) * cell * 2) / SIZE - 1;
      const y = 1 - ((row + 0.5) * cell * 2) / SIZE;
      context.fillStyle = divergingCss(previewValue(name, x, y), ground);
      context.fillRect(column * cell, row * cell, cell, cell);
    }
  }
}

function drawDigits(context: CanvasRenderingContext2D, colors: Colors): void {
  context.fillStyle = colors.ink;
  PREVIEW_DIGITS.forEach((rows, i) => {
    const [left, top] = [7 + (i % 2) * 19, 4 + Math.floor(i / 2) * 22];
    rows.forEach((row, y) => {
      [...row].forEach((pixel, x) => {
        if (pixel === '1') context.fillRect(left + x * 3, top + y * 2.7, 3, 2.7);
      });
    });
  });
}

function drawTable(context: CanvasRenderingContext2D, colors: Colors): void {
  for (let row = 0; row < 5; row++) {
    for (let column = 0; column < 4; column++) {
      context.globalAlpha = row === 0 ? 0.9 : column === 3 ? 0.85 : 0.3;
      context.fillStyle = row === 0 || column < 3 ? colors.ink : row % 2 === 0 ? colors.positive : colors.negative;
      context.fillRect(8 + column * 8.5, 10 + row * 6, 6.5, 3.5);
    }
  }
  context.globalAlpha = 1;
}

/** A thumbnail of a data set, or of tables in general. */
export function DatasetPicture({ name }: { readonly name: DatasetName | 'tables' }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const theme = useView((state) => state.theme);
  useEffect(() => {
    const canvas = ref.current!;
    const scale = Math.min(3, window.devicePixelRatio || 1) * 1.2;
    canvas.width = SIZE * scale;
    canvas.height = SIZE * scale;
    const context = canvas.getContext('2d')!;
    context.scale(scale, scale);
    const style = getComputedStyle(document.documentElement);
    const color = (token: string) => style.getPropertyValue(token).trim();
    const colors = { negative: color('--flax'), positive: color('--seed-mark'), ink: color('--ink') };
    if (name === 'tables' || name === 'csv') drawTable(context, colors);
    else if (name === 'digits') drawDigits(context, colors);
    else if (name === 'plane' || name === 'regress-gauss') drawValues(context, name, theme === 'light' ? 'light' : 'dark');
    else drawPoints(context, name, colors);
  }, [name, theme]);
  return <canvas ref={ref} className="dataset-picture" />;
}
