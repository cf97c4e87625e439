/** Which way an arrow key points, as columns right and rows down; zeros for any other key. */
export function arrowDelta(key: string): readonly [number, number] {
  switch (key) {
    case 'ArrowLeft':
      return [-1, 0];
    case 'ArrowRight':
      return [1, 0];
    case 'ArrowUp':
      return [0, -1];
    case 'ArrowDown':
      return [0, 1];
    default:
      return [0, 0];
  }
}
