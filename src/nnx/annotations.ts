/** `value` itself. Flax's mark for attributes that hold arrays or modules, which Linnet finds by itself. Like `flax.nnx.data`. */
export const data = <T>(value: T): T => value;

/** `value` itself. Flax's mark for attributes that are part of the architecture. Like `flax.nnx.static`. */
export const static_ = <T>(value: T): T => value;
