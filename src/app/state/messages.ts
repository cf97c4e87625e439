import { create } from 'zustand';
import { adviceFor } from './advice';

/** What the person can do about a message, as a button. */
export interface MessageAction {
  readonly label: string;
  run(): void;
}

export interface Message {
  readonly id: number;
  readonly tone: 'calm' | 'good' | 'caution' | 'broken';
  readonly title: string;
  readonly happened: string;
  readonly safe?: string | undefined;
  readonly todo?: string | undefined;
  readonly actions: readonly MessageAction[];
}

/** Messages stay until they are answered or closed; short good news leaves by itself. */
export const useMessages = create<{ readonly list: readonly Message[] }>(() => ({ list: [] }));

const SHOWN_MS = 8000;
const MOST_AT_ONCE = 4;
let nextId = 1;

export function dismiss(id: number): void {
  useMessages.setState(({ list }) => ({ list: list.filter((message) => message.id !== id) }));
}

/** Shows a message and returns its id. `calm` and `good` ones leave after eight seconds. */
export function say(message: Omit<Message, 'id' | 'actions'> & { readonly actions?: readonly MessageAction[] }): number {
  const id = nextId++;
  useMessages.setState(({ list }) => ({ list: [...list.slice(1 - MOST_AT_ONCE), { actions: [], ...message, id }] }));
  if (message.tone === 'calm' || message.tone === 'good') setTimeout(() => dismiss(id), SHOWN_MS);
  return id;
}

/** Shows an error: its own words, what is safe, what to do. Returns its id. */
export function sayError(error: unknown, actions: readonly MessageAction[] = []): number {
  const { title, happened, safe, todo } = adviceFor(error);
  return say({ tone: 'broken', title, happened, safe, todo, actions });
}
