import { jnp } from 'linnet';

/** Two interleaved half circles: points [n, 2] and their classes [n], the same every time. */
export function twoMoons(n = 128) {
  const points: number[][] = [];
  const classes: number[] = [];
  for (let i = 0; i < n; i++) {
    const angle = (Math.PI * Math.floor(i / 2)) / (n / 2 - 1);
    const isLower = i % 2 === 1;
    const x = isLower ? 1 - Math.cos(angle) : Math.cos(angle);
    const y = isLower ? 0.5 - Math.sin(angle) : Math.sin(angle);
    points.push([x + 0.12 * Math.sin(12.9898 * i), y + 0.12 * Math.cos(78.233 * i)]);
    classes.push(i % 2);
  }
  return { points: jnp.array(points), classes: jnp.array(Int32Array.from(classes)) };
}
