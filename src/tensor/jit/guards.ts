import type { CodeWriter } from './codeWriter';
import type { Layout } from './emitDispatch';
import type { Guard } from './graph';
import type { Location } from './storage';
import type { WgslModule } from './wgslModule';

/** A guard, and where its predicate lies. */
export interface PlacedGuard {
  readonly location: Location;
  readonly side: boolean;
}

export const placeGuards = (guards: readonly Guard[], { locate }: Layout): PlacedGuard[] =>
  guards.map(({ predicate, side }) => ({ location: locate(predicate), side }));

/**
 * Writes `body` so that it only runs when all `guards` allow it. With `flag`, the name of workgroup memory to be declared, all threads
 * of the workgroup follow the first one, as code with barriers needs it where the kernel itself may write to the predicate's buffer.
 */
export function writeGuarded(
  guards: readonly PlacedGuard[],
  code: CodeWriter,
  module: WgslModule,
  flag: string | undefined,
  body: () => void,
): void {
  if (guards.length === 0) {
    body();
    return;
  }
  const tests = guards.map(({ location, side }) => `${module.element(location, '0u', false)} ${side ? '!=' : '=='} 0u`);
  if (flag !== undefined) {
    module.declareWorkgroup(flag, 'u32', 1);
    code.line(`if (lane == 0u) { ${flag}[0] = select(0u, 1u, ${tests.join(' && ')}); }`);
  }
  code.block(`if (${flag === undefined ? tests.join(' && ') : `workgroupUniformLoad(&${flag})[0] != 0u`})`, body);
}
