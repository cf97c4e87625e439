import type { ViewName } from '../state/view';

/** The words of a section; its code comes from the worker that runs it. */
export interface SectionText {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  /** Where the same is done without code. */
  readonly link?: { readonly view: ViewName; readonly label: string };
}

/** The guide's sections in order. */
export const SECTION_TEXTS: readonly SectionText[] = [
  {
    id: 'set-up',
    title: 'A model and a place for its checkpoints',
    text: 'Two linear layers, and an input to see that they work. The weights are the numbers that JAX draws for this seed. The folder is in this browser’s private file system.',
    link: { view: 'train', label: 'Train a model instead' },
  },
  {
    id: 'save',
    title: 'Save a checkpoint',
    text: 'A model is split into what it is made of and its state: a tree of arrays. The state is saved in Orbax’s format, a few small files that Python reads as they are.',
    link: { view: 'checkpoints', label: 'Checkpoints of your runs' },
  },
  {
    id: 'restore',
    title: 'Restore it into an abstract model',
    text: 'Restoring needs shapes, not memory: the model is built abstractly, its state is filled from the checkpoint, and the two are merged. The answer is the same to the last bit.',
  },
  {
    id: 'pure-dicts',
    title: 'Save and restore as plain dictionaries',
    text: 'Without a target a checkpoint comes back as nested dictionaries of arrays. That is how one looks into a checkpoint whose code is gone. Orbax warns, because arrays may have lain over other devices.',
    link: { view: 'inspect', label: 'Look inside any checkpoint' },
  },
  {
    id: 'structures-differ',
    title: 'Restore when the model has changed',
    text: 'The model has biases now, and the old checkpoint may have none. Give the dictionary what the new model wants, then restore as before. Inspect does the same row by row, and shows the match first.',
    link: { view: 'inspect', label: 'Repair a checkpoint of yours' },
  },
  {
    id: 'take-along',
    title: 'Take it to Python, on however many devices',
    text: 'What a checkpoint holds can be told without reading an array. The zip is the checkpoint itself: Orbax restores it there, laid out over the devices and processes that the target asks for.',
  },
];
