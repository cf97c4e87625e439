/**
 * Keeps the names of classes through a build that shortens them: they are shown to people and written in tables. `classes` is an object
 * of classes by name, since property names stay as they are.
 */
export function keepNames(classes: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(classes)) {
    if (typeof value === 'function') Object.defineProperty(value, 'name', { value: name, configurable: true });
  }
}
