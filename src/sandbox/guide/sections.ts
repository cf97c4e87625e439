import { pureDicts } from './pureDicts';
import pureDictsCode from './pureDicts.ts?raw';
import { restore } from './restore';
import restoreCode from './restore.ts?raw';
import { save } from './save';
import saveCode from './save.ts?raw';
import type { AfterSave, AfterSetUp, Start } from './section';
import { setUp, TwoLayerMLP } from './setUp';
import setUpCode from './setUp.ts?raw';
import { structuresDiffer } from './structuresDiffer';
import structuresDifferCode from './structuresDiffer.ts?raw';
import { takeAlong } from './takeAlong';
import takeAlongCode from './takeAlong.ts?raw';

// The page shows the class by its name, which a minifier would shorten.
Object.defineProperty(TwoLayerMLP, 'name', { value: 'TwoLayerMLP' });

/** One section of the guide: the code that is shown is the file whose function runs. */
interface Section {
  readonly id: string;
  readonly code: string;
  /** Runs it on what the sections before have made; what it returns is added. */
  run(scope: Start): Promise<unknown>;
}

/** Lines that only tie the code to this project: types of the sections, and the library under its own name. */
const asUsersWriteIt = (code: string): string =>
  code
    .replace(/^import type .* from '\.\/section';\n/m, '')
    .replace("from './linnet'", "from 'linnet'")
    .trim();

const section = <S extends Start>(id: string, code: string, run: (scope: S) => Promise<unknown>): Section => ({
  id,
  code: asUsersWriteIt(code),
  run: run as Section['run'],
});

/** Flax's checkpoint guide, section by section, in order. */
export const GUIDE_SECTIONS: readonly Section[] = [
  section('set-up', setUpCode, setUp),
  section<AfterSetUp>('save', saveCode, save),
  section<AfterSave>('restore', restoreCode, restore),
  section<AfterSave>('pure-dicts', pureDictsCode, pureDicts),
  section<AfterSave>('structures-differ', structuresDifferCode, structuresDiffer),
  section<AfterSave>('take-along', takeAlongCode, takeAlong),
];
