import { LinnetError } from '#linnet/core';

/** How the numbers of steps and the names of their directories belong together. */
export interface StepNames {
  nameOf(step: number): string;
  /** The step that a directory is; undefined for any other directory. */
  stepOf(name: string): number | undefined;
}

/** Directory names of steps: decimal, `<prefix>_` before it, filled up with zeros to `fixedLength` digits. */
export function stepNames(prefix?: string, fixedLength?: number): StepNames {
  const start = prefix === undefined ? '' : `${prefix}_`;
  const digits = fixedLength === undefined ? /^(0|[1-9]\d{0,15})$/ : new RegExp(`^\\d{${fixedLength},16}$`);
  return {
    nameOf: (step) => {
      if (!Number.isSafeInteger(step) || step < 0) {
        throw new LinnetError('InvalidArgumentError', `A step is an integer from 0, but ${step} was given.`);
      }
      return start + String(step).padStart(fixedLength ?? 0, '0');
    },
    stepOf: (name) => {
      const number = name.slice(start.length);
      return name.startsWith(start) && digits.test(number) ? Number(number) : undefined;
    },
  };
}
