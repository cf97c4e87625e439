import { DEFAULT_EXPERIMENT, type Experiment } from '#linnet/core';
import { EXPERIMENT_FIELDS, type Field } from './experimentFields';
import { type LessonPart, readParts, writeParts } from './lessonParts';

/** Version of the link format, not of the experiment. */
const LINK_VERSION = '1';
/** A longer fragment is refused unread. The longest experiment the controls can make needs 500 characters. */
const MAX_LENGTH = 2000;

/** What a link said. When anything in it is wrong, `experiment` is the default one and `problems` names each cause in a sentence. */
export interface ReadLink {
  readonly experiment: Experiment;
  readonly problems: readonly string[];
}

/** What a lesson leaves out is no setting of the experiment: it is checked here and read by `readHidden`. */
const HIDE = 'hide';
const HIDE_FIELD: Field = {
  key: HIDE,
  write: () => '',
  read: (text, experiment) => {
    readParts(text);
    return experiment;
  },
};
const FIELDS: readonly Field[] = [...EXPERIMENT_FIELDS, HIDE_FIELD];

/**
 * The experiment as a URL fragment without `#`: `v=1`, each property that differs from the first visit's, and the parts of the page that a
 * lesson hides. Own data is not part of it.
 */
export function writeLink(experiment: Experiment, hidden: readonly LessonPart[] = []): string {
  const parts = EXPERIMENT_FIELDS.flatMap(({ key, write }) => {
    const text = write(experiment);
    return text === write(DEFAULT_EXPERIMENT) ? [] : [`${key}=${encodeURIComponent(text)}`];
  });
  const lesson = hidden.length === 0 ? [] : [`${HIDE}=${writeParts(hidden)}`];
  return [`v=${LINK_VERSION}`, ...parts, ...lesson].join('&');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `text` short enough and harmless to print in a sentence. */
const quoted = (text: string): string => `“${text.slice(0, 40)}${text.length > 40 ? '…' : ''}”`;

function readPairs(pairs: readonly (readonly [string, string])[]): ReadLink {
  const problems: string[] = [];
  const seen = new Set<string>();
  let experiment: Experiment = DEFAULT_EXPERIMENT;
  for (const [key, text] of pairs) {
    const field = FIELDS.find((candidate) => candidate.key === key);
    if (field === undefined) problems.push(`${quoted(key)} is not a setting of this version.`);
    else if (seen.has(key)) problems.push(`${quoted(key)} is given twice.`);
    else {
      seen.add(key);
      try {
        experiment = field.read(text, experiment);
      } catch (reason) {
        problems.push(`${key}: ${String(reason)}.`);
      }
    }
  }
  return problems.length > 0 ? { experiment: DEFAULT_EXPERIMENT, problems } : { experiment, problems };
}

/**
 * Reads a URL fragment (with or without `#`). An empty one is the first visit. A newer version, an unknown or repeated key, or a value
 * out of range is refused with a sentence each, and the default experiment is kept.
 */
export function readLink(fragment: string): ReadLink {
  const text = fragment.replace(/^#/, '');
  if (text === '') return { experiment: DEFAULT_EXPERIMENT, problems: [] };
  if (text.length > MAX_LENGTH) {
    return { experiment: DEFAULT_EXPERIMENT, problems: [`The link is ${text.length} characters long; ${MAX_LENGTH} is the most.`] };
  }
  const pairs = text.split('&').map((part) => {
    const at = part.indexOf('=');
    return at < 0 ? ([decode(part), ''] as const) : ([decode(part.slice(0, at)), decode(part.slice(at + 1))] as const);
  });
  const version = pairs.find(([key]) => key === 'v')?.[1];
  if (version !== LINK_VERSION) {
    const found = version === undefined ? 'no version' : `version ${quoted(version)}`;
    return { experiment: DEFAULT_EXPERIMENT, problems: [`The link has ${found}; this page reads version ${LINK_VERSION}.`] };
  }
  return readPairs(pairs.filter(([key]) => key !== 'v'));
}

/** The parts of the page that a link hides; none when anything in the link is wrong. */
export function readHidden(fragment: string): readonly LessonPart[] {
  if (readLink(fragment).problems.length > 0) return [];
  return readParts(new URLSearchParams(fragment.replace(/^#/, '')).get(HIDE) ?? '');
}
