import type { Path } from '#linnet/core';

/** The code that reaches `path` from `root`: `model.linear1.kernel`, `model.layers[0]['odd name']`. */
export function accessPath(root: string, path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return /^[A-Za-z_$][\w$]*$/.test(part) ? `${text}.${part}` : `${text}[${JSON.stringify(part)}]`;
  }, root);
}
