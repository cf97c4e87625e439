import { encodeUtf8, LinnetError } from '#linnet/core';
import { asObject, isObject, type Json, type JsonObject, member, parseJson } from '../json';

const POINTER_STEP: Record<string, string> = { '~0': '~', '~1': '/' };

/** Steps of the JSON pointer "/" + name (RFC 6901): Orbax puts the name there unescaped, so "/" nests and "~1" means "/". */
function pointerSteps(name: string): string[] {
  const bad = /~(?![01])/.exec(name);
  if (bad !== null) {
    throw new LinnetError(
      'InvalidArgumentError',
      `The text leaf "${name}" cannot be stored: "~" at character ${bad.index} of its name is read as the start of an escape. Rename the key.`,
    );
  }
  return name.split('/').map((step) => step.replace(/~[01]/g, (pair) => POINTER_STEP[pair]!));
}

/** Reads `_strings.json` and returns the text of a leaf by its param name; undefined when there is none. */
export function parseStrings(bytes: Uint8Array): (name: string) => string | undefined {
  const file = asObject(parseJson(bytes, '_strings.json'), '_strings.json');
  return (name) => {
    let value: Json | undefined = file;
    for (const step of pointerSteps(name)) value = isObject(value) ? member(value, step) : undefined;
    return typeof value === 'string' ? value : undefined;
  };
}

/** Bytes of `_strings.json` for texts by param name. Names that would overwrite each other are refused. */
export function encodeStrings(texts: ReadonlyMap<string, string>): Uint8Array {
  const root = Object.create(null) as JsonObject;
  for (const [name, text] of texts) place(root, name, text);
  return encodeUtf8(JSON.stringify(root));
}

function place(root: JsonObject, name: string, text: string): void {
  const steps = pointerSteps(name);
  let object = root;
  steps.forEach((step, i) => {
    const existing = member(object, step);
    if (i < steps.length - 1 && (existing === undefined || isObject(existing))) {
      const below = existing ?? (Object.create(null) as JsonObject);
      object[step] = below;
      object = below;
    } else if (i === steps.length - 1 && existing === undefined) object[step] = text;
    else
      throw new LinnetError('InvalidArgumentError', `The text leaf "${name}" collides with another in _strings.json. Rename one of them.`);
  });
}
