/**
 * The orthogonal factor Q of a `[rows, columns]` row-major matrix with rows >= columns, for the QR factorisation whose R has a positive
 * diagonal. That choice makes Q unique, so it does not matter that JAX's solver uses reflections: Gram-Schmidt in double, twice.
 */
export function orthogonalFactor(matrix: Float32Array, rows: number, columns: number): Float64Array {
  const q = Float64Array.from(matrix);
  const dot = (a: number, b: number): number => {
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += q[row * columns + a]! * q[row * columns + b]!;
    return sum;
  };
  for (let column = 0; column < columns; column++) {
    for (let pass = 0; pass < 2; pass++) {
      for (let other = 0; other < column; other++) {
        const projection = dot(other, column);
        for (let row = 0; row < rows; row++) q[row * columns + column]! -= projection * q[row * columns + other]!;
      }
    }
    const norm = Math.sqrt(dot(column, column));
    for (let row = 0; row < rows; row++) q[row * columns + column]! /= norm;
  }
  return q;
}

/** `[rows, columns]` row-major turned into `[columns, rows]`. */
export function transposed(matrix: Float64Array, rows: number, columns: number): Float64Array {
  return matrix.map((_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)]!);
}
