/** Parts of the page that the author of a lesson may leave out of a link, with the words for them. */
export const LESSON_PARTS = [
  ['data', 'Data'],
  ['optimizer', 'Optimiser'],
  ['layers', 'Layers'],
  ['seed', 'Seed'],
  ['presets', 'Presets'],
  ['loss', 'Loss'],
  ['timeline', 'Timeline'],
  ['views', 'Views and menus'],
  ['status', 'Status line'],
] as const;

export type LessonPart = (typeof LESSON_PARTS)[number][0];

const isPart = (name: string): name is LessonPart => LESSON_PARTS.some(([part]) => part === name);

/** The value of `hide` in a link as parts. Throws a plain sentence (a string) when one is not known. */
export function readParts(text: string): readonly LessonPart[] {
  const names = text === '' ? [] : text.split('_');
  const unknown = names.find((name) => !isPart(name));
  if (unknown !== undefined) throw `“${unknown.slice(0, 40)}” is none of ${LESSON_PARTS.map(([part]) => part).join(', ')}`;
  return LESSON_PARTS.map(([part]) => part).filter((part) => names.includes(part));
}

/** The parts as a link has them. */
export const writeParts = (parts: readonly LessonPart[]): string => parts.join('_');
