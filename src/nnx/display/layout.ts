import type { Description } from './description';

/** Lines that a text should not go past, and width up to which a part stays on one line. */
const MAX_HEIGHT = 20;
const TARGET_WIDTH = 60;
/** Lines of an array's elements from which it always stays a summary. */
const MAX_ARRAY_LINES = 16;

/** `part` on one line. */
export function oneLine(part: Description): string {
  return part.open + part.children.map(({ label, value }) => label + oneLine(value)).join(', ') + part.close;
}

const isElementsPart = (part: Description): boolean => part.array?.text.includes('\n') === true && part.host?.dtype !== 'key<fry>';
const canExpand = (part: Description): boolean => part.children.length > 0 || isElementsPart(part);
const linesOf = (text: string): number => text.split('\n').length;

/** Lines that a part adds when it is expanded. */
const heightOf = (part: Description): number => (part.array === undefined ? part.children.length + 1 : linesOf(part.array.text) + 1);

const expandable = (part: Description): Description[] => part.children.map(({ value }) => value).filter(canExpand);

/**
 * Which parts of `root` are written over several lines: level by level, those too wide for one line, while the height allows; arrays
 * also when they would fit. A part that is the only one to expand may go past the height once.
 */
export function expandedParts(root: Description): Set<Description> {
  const expanded = new Set<Description>();
  const queue = canExpand(root) ? [root] : [];
  let height = 1;
  const expand = (part: Description): void => {
    expanded.add(part);
    height += heightOf(part);
    queue.push(...expandable(part));
  };
  const isWide = (part: Description): boolean => oneLine(part).length > TARGET_WIDTH;
  const isTall = (part: Description): boolean => part.array !== undefined && linesOf(part.array.text) > MAX_ARRAY_LINES;
  while (height < MAX_HEIGHT && queue.length === 1 && isWide(queue[0]!) && !isTall(queue[0]!)) expand(queue.shift()!);
  for (let part = queue.shift(); part !== undefined; part = queue.shift()) {
    if (isTall(part) || height + heightOf(part) > MAX_HEIGHT) continue;
    if (isWide(part) || part.array !== undefined) expand(part);
  }
  return expanded;
}

/** `part` as text, the parts in `expanded` over several lines. */
export function layOut(part: Description, expanded: ReadonlySet<Description>, indent = ''): string {
  if (!expanded.has(part)) return oneLine(part);
  const inner = `${indent}  `;
  if (part.array !== undefined) {
    const elements = part.array.text.split('\n').join(`\n${inner}`);
    return `# ${part.array.summary}\n${inner}${elements}\n${indent}`;
  }
  const lines = part.children.map(({ label, value }) => `${inner}${label}${layOut(value, expanded, inner)},\n`);
  return `${part.open}${part.comment === '' ? '' : ` # ${part.comment}`}\n${lines.join('')}${indent}${part.close}`;
}
