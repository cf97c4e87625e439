import { type GraphNode, graphNode, type NodeProtocol, replaceProperties } from './graph/node';
import { remember } from './graph/owners';

/** Names of a class's attributes in Flax where they differ from the TypeScript property. */
export type AttributeNames = Readonly<Record<string, string>>;

function inverse(names: AttributeNames): AttributeNames {
  return Object.fromEntries(Object.entries(names).map(([property, name]) => [name, property]));
}

/** Only own entries count: a property may be called like a method of objects. */
const lookUp = (table: AttributeNames, name: string): string => (Object.hasOwn(table, name) ? table[name]! : name);

const NONE: AttributeNames = {};
const inverses = new WeakMap<AttributeNames, AttributeNames>();

/** The property of `type` whose name in Flax is `name`. */
export function propertyName(type: { attributeNames?: AttributeNames }, name: string): string {
  const names = type.attributeNames ?? NONE;
  let table = inverses.get(names);
  if (table === undefined) {
    table = inverse(names);
    inverses.set(names, table);
  }
  return lookUp(table, name);
}

/**
 * A node of the object graph whose attributes are its own public properties. Attributes that are nodes, Variables or arrays are data,
 * anything else is static. Attributes must be public (`#private` fields are lost by `merge` and `clone`), and functions that use `this`
 * must be methods, not arrow-function fields. Like `flax.nnx.Pytree` (`Object` in older releases).
 */
export abstract class Pytree implements GraphNode {
  /** Flax's names of properties spelled in camelCase; only classes that Flax has too need it. */
  static readonly attributeNames: AttributeNames = NONE;

  constructor() {
    remember(this);
  }

  [graphNode](): NodeProtocol {
    const type = this.constructor as typeof Pytree;
    return {
      entries: () => Object.entries(this).map(([property, value]) => [lookUp(type.attributeNames, property), value]),
      assign: (entries) => {
        replaceProperties(
          this,
          entries.map(([name, value]) => [propertyName(type, String(name)), value]),
        );
      },
    };
  }
}
