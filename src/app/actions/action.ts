import { sayError } from '../state/messages';

/** One thing a person can do, wherever it is offered: buttons, keys and the palette read the same entry. */
export interface Action {
  readonly id: string;
  readonly label: string;
  /** Other words that people look for it by, in the palette. */
  readonly also?: string;
  readonly group: 'Training' | 'Checkpoints' | 'Look' | 'Data' | 'Page';
  /** `KeyboardEvent.key`, lower case for letters; `ctrl+k` with Control or Command. */
  readonly keys?: readonly string[];
  /** How the first key is written, e.g. `Space`. */
  readonly keyLabel?: string;
  /** Why it cannot be done now, in a sentence; null when it can. */
  blocked(): string | null;
  run(): unknown;
}

/** Does it, if it can be done; an error becomes a message. */
export async function perform(action: Action): Promise<void> {
  if (action.blocked() !== null) return;
  try {
    await action.run();
  } catch (error) {
    sayError(error);
  }
}

export const always = (): null => null;
