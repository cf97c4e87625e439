import type * as nnx from '#linnet/nnx';
import { type Array as JaxArray, type Jitted, jit, jnp } from '#linnet/tensor';
import { featureRows } from '../data/features';
import { standardize } from '../data/prepared';
import { onDevice } from '../deviceRows';
import type { Session } from '../session';
import { type Grid, makeGrid } from './grid';
import { outputMaps, type UnitMap, type Weights, weightMaps } from './networkPicture';
import { type Answer, answerOf } from './surfacePicture';

/** Side of the grid behind a unit's map. */
const UNIT_SIDE = 24;

/** What a picture shows. */
export interface GlimpseForm {
  /** Grid behind the surface; null when none is painted. */
  readonly surface: Grid | null;
  /** Units shown in each column, inputs first, by index; null when no network is painted. */
  readonly units: readonly (readonly number[])[] | null;
}

/** The numbers behind the pictures of a model at one step. */
export interface Glimpse {
  /** The answer over the surface's grid. */
  readonly answer: Answer | null;
  /** Weights between the units shown, layer by layer. */
  readonly weights: readonly Weights[];
  /** Maps of the units shown of each layer: outputs over the plane, or incoming weights. */
  readonly maps: readonly (readonly UnitMap[])[];
}

/** Arrays that a program reads beside the model's. */
interface Parts {
  readonly surface: readonly JaxArray[];
  readonly plane: readonly JaxArray[];
  readonly units: readonly JaxArray[];
}

type Program = Jitted<(model: nnx.State, parts: Parts) => JaxArray>;

/** Whether two forms can be computed by one program: the same sizes. */
const structureOf = ({ surface, units }: GlimpseForm): string =>
  JSON.stringify([surface?.width, surface?.height, units?.map((column) => column.length)]);

/** Looks at the model of one session: one program on the device, read back at once. Nothing is computed or read that is not painted. */
export class Glimpser {
  readonly #session: Session;
  readonly #programs = new Map<string, Program>();
  readonly #compiled = new Set<string>();
  #form: GlimpseForm | null = null;
  #parts: Parts | null = null;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Compiles what `form` needs, so that `look` starts at once and training does not wait for a compiler. */
  async prepare(form: GlimpseForm): Promise<void> {
    const structure = structureOf(form);
    if (this.#compiled.has(structure)) return;
    await this.#program(form).compile(this.#session.trainer.form.model, this.#partsOf(form));
    this.#compiled.add(structure);
  }

  /** Looks at `model`; the arrays may be taken over by training right after the call. */
  async look(model: nnx.State, form: GlimpseForm): Promise<Glimpse> {
    const numbers = this.#program(form)(model, this.#partsOf(form));
    try {
      return this.#read((await numbers.data()) as Float32Array, form);
    } finally {
      numbers.dispose();
    }
  }

  dispose(): void {
    for (const list of Object.values(this.#parts ?? {}) as JaxArray[][]) for (const array of list) array.dispose();
    this.#parts = null;
  }

  get #hasPlane(): boolean {
    return this.#session.info.hasSurface;
  }

  #program(form: GlimpseForm): Program {
    const structure = structureOf(form);
    let program = this.#programs.get(structure);
    if (program === undefined) {
      program = jit((model: nnx.State, parts: Parts) => this.#numbers(model, parts, form));
      this.#programs.set(structure, program);
    }
    return program;
  }

  #partsOf(form: GlimpseForm): Parts {
    if (this.#form === form && this.#parts !== null) return this.#parts;
    this.dispose();
    this.#form = form;
    const { surface, units } = form;
    this.#parts = {
      surface: surface === null ? [] : [this.#inputs(surface)],
      plane: units === null || !this.#hasPlane ? [] : [this.#inputs(makeGrid(UNIT_SIDE, 1))],
      units: (units ?? []).filter((column) => column.length > 0).map((column) => onDevice(Int32Array.from(column), [column.length])),
    };
    return this.#parts;
  }

  /** What the model is fed for the points of a grid. */
  #inputs({ points, width, height }: Grid): JaxArray {
    const { info, trainer } = this.#session;
    const rows = featureRows(points, info.experiment.data.features);
    if (trainer.data.standardizer !== null) standardize(rows, trainer.data.standardizer);
    return onDevice(rows, [width * height, info.featureNames.length]);
  }

  /** Everything that is painted as one vector: surface, maps of each layer, weights of each layer. */
  #numbers(state: nnx.State, { surface, plane, units }: Parts, form: GlimpseForm): JaxArray {
    const { info, trainer } = this.#session;
    const model = trainer.modelOf(state);
    const pieces = surface.map((inputs) => twoSided(model.call(inputs), info.classNames.length));
    const indices = byColumn(form, units);
    for (const inputs of plane) {
      const layers: JaxArray[] = [];
      const outputs = model.call(inputs, (activations) => layers.push(activations));
      [...layers.slice(0, -1), outputs].forEach((layer, i) => {
        pieces.push(jnp.take(layer, indices[i + 1]!, 1));
      });
    }
    if (form.units === null) return jnp.concatenate(pieces.map((piece) => jnp.ravel(piece)));
    for (const [i, { name }] of info.layers.entries()) {
      const incoming = jnp.take(state[name].kernel.value as JaxArray, indices[i + 1]!, 1);
      if (plane.length === 0) pieces.push(incoming);
      if (indices[i] !== null) pieces.push(jnp.take(incoming, indices[i]!, 0));
    }
    return jnp.concatenate(pieces.map((piece) => jnp.ravel(piece)));
  }

  #read(numbers: Float32Array, { surface, units }: GlimpseForm): Glimpse {
    const { info, trainer } = this.#session;
    let at = 0;
    const take = (count: number): Float32Array => {
      at += count;
      return numbers.subarray(at - count, at);
    };
    const classes = trainer.data.dataset.task === 'regression' ? 0 : info.classNames.length;
    const answer =
      surface === null ? null : answerOf(take(surface.width * surface.height * Math.max(1, classes > 2 ? classes : 1)), classes);
    if (units === null) return { answer, weights: [], maps: [] };
    const maps: UnitMap[][] = [];
    const counts = units.map((column) => column.length);
    if (this.#hasPlane) {
      for (const count of counts.slice(1)) maps.push(outputMaps(take(UNIT_SIDE * UNIT_SIDE * count), count, UNIT_SIDE));
    }
    const weights = info.layers.map(({ inputs }, i): Weights => {
      const outputs = counts[i + 1]!;
      if (!this.#hasPlane) maps.push(weightMaps({ inputs, outputs, values: take(inputs * outputs) }));
      return { inputs: counts[i]!, outputs, values: take(counts[i]! * outputs) };
    });
    return { answer, weights, maps };
  }
}

/** The indices of each column; null for a column that shows no unit. */
function byColumn({ units }: GlimpseForm, arrays: readonly JaxArray[]): (JaxArray | null)[] {
  let next = 0;
  return (units ?? []).map((column) => (column.length === 0 ? null : arrays[next++]!));
}

/** For two classes p(second) - p(first), `[rows]`, which is one number in place of two; other outputs as they are. */
function twoSided(outputs: JaxArray, classes: number): JaxArray {
  if (classes !== 2) return outputs;
  const signs = jnp.array([-0.5, 0.5]);
  return jnp.tanh(jnp.sum(jnp.multiply(outputs, signs), 1));
}
