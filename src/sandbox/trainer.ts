import { type Experiment, flatten, mapTree } from '#linnet/core';
import * as nnx from '#linnet/nnx';
import { withLayout } from '#linnet/random';
import { currentBackend, type Array as JaxArray, type Jitted, jit, jnp, KeyArray, lax } from '#linnet/tensor';
import type { PreparedData } from './data/prepared';
import { DataOrder } from './dataOrder';
import { type DeviceRows, onDevice, rowsOnDevice } from './deviceRows';
import { countRight, meanLoss } from './loss';
import type { TestResult } from './metrics';
import { buildModel, type MLP } from './models';
import { type Hyperparameters, optimizerWith } from './optimizer';
import type { TrainingPlan } from './trainingPlan';
import { disposeTree, shareTree, type TrainingState } from './trainingState';

/** What compiled steps hand on. `stopped` turns 1 at the first loss that is no finite number. */
interface Carry extends TrainingState {
  readonly stopped: JaxArray;
}

/** Float32 scalars in device memory: hyperparameters of the steps to come. */
type DeviceHyperparameters = { readonly [Name in keyof Hyperparameters]: JaxArray };

/**
 * Trains one model by compiled steps that run one after another on the device without the host between them. A step whose loss is not
 * finite leaves the state as it was, and so do the steps after it: the last good state survives until someone looks.
 */
export class Trainer {
  readonly experiment: Experiment;
  readonly data: PreparedData;
  readonly order: DataOrder;
  readonly parameterCount: number;
  readonly #graph: nnx.GraphDef<{ model: MLP; optimizer: nnx.Optimizer }>;
  readonly #modelGraph: nnx.GraphDef<MLP>;
  readonly #train: DeviceRows;
  readonly #test: DeviceRows;
  readonly #runSteps: Jitted<(carry: Carry, rows: DeviceRows, hyper: DeviceHyperparameters, batches: JaxArray) => [Carry, JaxArray]>;
  /** Numbers of steps whose programs are compiled, or (false) being compiled. */
  readonly #compiled = new Map<number, boolean>();
  readonly #score: Jitted<(model: nnx.State, rows: DeviceRows) => [JaxArray, JaxArray]>;
  readonly #gradients: Jitted<(model: nnx.State, rows: DeviceRows, batch: JaxArray) => nnx.State>;
  readonly #activations: (model: nnx.State, inputs: JaxArray) => JaxArray[];
  #carry: Carry;
  #hyper: DeviceHyperparameters;
  /** Values of the optimiser in the step that is being traced. */
  #traced: Hyperparameters;
  #step = 0;

  /** A trainer at step 0; draws the first parameters. `plan` makes the compiler choose as it did for an earlier trainer. */
  constructor(experiment: Experiment, data: PreparedData, plan: TrainingPlan | null = null) {
    this.experiment = experiment;
    this.data = data;
    this.order = new DataOrder(data.train.count, experiment.training.batchSize, experiment.training.seed);
    this.#traced = experiment.optimizer;
    this.#hyper = hyperOnDevice(experiment.optimizer);
    const outputs = Math.max(1, data.dataset.classNames.length);
    const model = this.#inLayout(() => buildModel(experiment, data.inputNames.length, outputs));
    const optimizer = new nnx.Optimizer(model, this.#rule(), { wrt: nnx.Param });
    [this.#graph] = nnx.split({ model, optimizer });
    [this.#modelGraph] = nnx.split(model);
    this.#carry = { model: nnx.state(model), optimizer: nnx.state(optimizer), stopped: jnp.zeros([], 'int32') };
    this.parameterCount = (flatten(nnx.state(model, nnx.Param)).leaves as JaxArray[]).reduce((sum, leaf) => sum + leaf.size, 0);
    this.#train = rowsOnDevice(data.train);
    this.#test = rowsOnDevice(data.test);
    this.#runSteps = jit(
      (carry: Carry, rows: DeviceRows, hyper: DeviceHyperparameters, batches: JaxArray) =>
        this.#inLayout(() => this.#scan(carry, rows, hyper, batches)),
      { donateArgnums: [0], plan: plan?.steps },
    );
    this.#score = jit(
      (state: nnx.State, rows: DeviceRows): [JaxArray, JaxArray] => {
        const outputs = this.modelOf(state).call(rows.inputs);
        return [meanLoss(data.dataset.task, outputs, rows.labels), countRight(outputs, rows.labels)];
      },
      { plan: plan?.test },
    );
    this.#gradients = jit((state: nnx.State, rows: DeviceRows, batch: JaxArray) =>
      this.#inLayout(() => {
        const model: MLP = nnx.merge(this.#modelGraph, state);
        model.train();
        return this.#lossAndGradients(model, rows, batch)[1];
      }),
    );
    this.#activations = jit((state: nnx.State, inputs: JaxArray) => {
      const layers: JaxArray[] = [];
      const outputs = this.modelOf(state).call(inputs, (activations) => layers.push(activations));
      return [...layers.slice(0, -1), outputs];
    });
  }

  /** Steps submitted so far. */
  get step(): number {
    return this.#step;
  }

  /** What the compiler chose for this run; null where it has no choice. */
  get plan(): TrainingPlan | null {
    if (currentBackend().kind === 'cpu') return null;
    const batch = onDevice(new Int32Array(this.order.batchSize), [1, this.order.batchSize]);
    const { plan: steps } = this.#runSteps.explain(this.#carry, this.#train, this.#hyper, batch);
    const { plan: test } = this.#score.explain(this.#carry.model, this.#test);
    batch.dispose();
    return { steps, test };
  }

  /** Whether a run of `count` steps starts without waiting for a compiler. */
  isReady(count: number): boolean {
    return this.#compiled.get(count) ?? false;
  }

  /** Begins to compile runs of `count` steps, beside whatever runs; nothing when that was done before. */
  prepare(count: number): void {
    if (this.#compiled.has(count)) return;
    this.#compiled.set(count, false);
    const batches = onDevice(new Int32Array(count * this.order.batchSize), [count, this.order.batchSize]);
    this.#runSteps
      .compile(this.#carry, this.#train, this.#hyper, batches)
      .then(() => this.#compiled.set(count, true))
      .finally(() => batches.dispose())
      // What does not compile says so where its results are read.
      .catch(() => {});
  }

  /** Submits `count` steps; the result is a future of their losses, `[count]`. */
  run(count: number): JaxArray {
    const batches = onDevice(this.order.batches(this.#step, count), [count, this.order.batchSize]);
    const [carry, losses] = this.#runSteps(this.#carry, this.#train, this.#hyper, batches);
    this.#carry = carry;
    this.#step += count;
    batches.dispose();
    return losses;
  }

  /** Computes the step after `step` from `state` once more, by layer and by parameter, and changes nothing: to see where numbers went wrong. */
  repeat(state: TrainingState, step: number): { readonly layers: Readonly<Record<string, JaxArray>>; readonly gradients: nnx.State } {
    const batch = onDevice(this.order.batches(step, 1), [this.order.batchSize]);
    const inputs = jnp.take(this.#train.inputs, batch, 0);
    const labels = jnp.take(this.#train.labels, batch, 0);
    const { model } = this.#assemble(state);
    model.train();
    const loss = (trained: MLP): JaxArray => meanLoss(this.data.dataset.task, trained.call(inputs), labels);
    const [, gradients] = this.#inLayout(() => nnx.valueAndGrad(loss)(model));
    const outputs = this.activations(inputs, state.model);
    for (const array of [batch, inputs, labels]) array.dispose();
    return { layers: Object.fromEntries(outputs.map((output, i) => [`linear${i + 1}`, output])), gradients };
  }

  /** Submits an evaluation on the test set; resolves when it is read back. */
  async test(): Promise<TestResult> {
    const [loss, right] = this.#score(this.#carry.model, this.#test);
    const [lossValue, rightCount] = (await Promise.all([loss.item(), right.item()])) as [number, number];
    loss.dispose();
    right.dispose();
    const isRegression = this.data.dataset.task === 'regression';
    return { loss: lossValue, accuracy: isRegression ? Number.NaN : rightCount / this.data.test.count };
  }

  /** Gradients of the loss on the batch that follows `step`, in the form of the model's Params; the caller disposes them. Nothing is changed. */
  async gradients(model: nnx.State, step: number): Promise<nnx.State> {
    const batch = onDevice(this.order.batches(step, 1), [this.order.batchSize]);
    try {
      await this.#gradients.compile(model, this.#train, batch);
      return this.#gradients(model, this.#train, batch);
    } finally {
      batch.dispose();
    }
  }

  /** What each layer makes of `inputs` `[rows, inputs]`: `[rows, units]` each, the model's outputs last. */
  activations(inputs: JaxArray, model: nnx.State = this.#carry.model): JaxArray[] {
    return this.#activations(model, inputs);
  }

  /** The kernel `[inputs, outputs]` of a layer, row-major. */
  async kernel(layer: string, model: nnx.State = this.#carry.model): Promise<Float32Array> {
    const kernel: JaxArray = model[layer].kernel.value;
    return (await kernel.data()) as Float32Array;
  }

  /** The present arrays as a form to compare with; nobody may keep them, since the next step takes their memory over. */
  get form(): TrainingState {
    return this.#carry;
  }

  /** The present state, held until it is disposed (`disposeTree`), whatever training does meanwhile. */
  snapshot(): TrainingState {
    return shareTree({ model: this.#carry.model, optimizer: this.#carry.optimizer });
  }

  /** Replaces the state, e.g. by a restored one, and says which step it is of. Takes the arrays over. */
  load({ model, optimizer }: TrainingState, step: number): void {
    disposeTree(this.#carry);
    this.#carry = { model, optimizer, stopped: jnp.zeros([], 'int32') };
    this.#step = step;
  }

  /** After a loss that was no number: the state is that of `step`, from where training may go on. */
  rewind(step: number): void {
    this.#carry = { ...this.#carry, stopped: jnp.zeros([], 'int32') };
    this.#step = step;
  }

  /** Changes values of the optimiser from the next submitted step on. */
  setHyperparameters(values: Experiment['optimizer']): void {
    disposeTree(this.#hyper);
    this.#hyper = hyperOnDevice(values);
  }

  dispose(): void {
    for (const tree of [this.#carry, this.#hyper, this.#train, this.#test]) disposeTree(tree);
  }

  /** The rule with the values of the step that is being traced. */
  #rule(): { init(params: unknown): unknown; update(grads: unknown, state: unknown, params?: unknown): [unknown, unknown] } {
    const { optimizer } = this.experiment;
    return {
      init: (params) => optimizerWith(optimizer, optimizer).init(params),
      update: (grads, state, params) => optimizerWith(optimizer, this.#traced).update(grads, state, params),
    };
  }

  #inLayout<R>(body: () => R): R {
    return withLayout(this.experiment.training.prng, body);
  }

  #scan(carry: Carry, rows: DeviceRows, hyper: DeviceHyperparameters, batches: JaxArray): [Carry, JaxArray] {
    return lax.scan((before: Carry, batch: JaxArray) => this.#oneStep(before, rows, hyper, batch), carry, batches);
  }

  #oneStep(carry: Carry, rows: DeviceRows, hyper: DeviceHyperparameters, batch: JaxArray): [Carry, JaxArray] {
    this.#traced = hyper;
    const { model, optimizer } = this.#assemble(carry);
    model.train();
    const [loss, grads] = this.#lossAndGradients(model, rows, batch);
    optimizer.update(model, grads);
    const stopped = jnp.where(jnp.isfinite(loss), carry.stopped, 1);
    const go = jnp.equal(stopped, 0);
    const keep = (after: unknown, before: unknown): nnx.State =>
      mapTree((a: JaxArray, b: JaxArray) => (a instanceof KeyArray ? a : jnp.where(go, a, b)), after, before);
    return [{ model: keep(nnx.state(model), carry.model), optimizer: keep(nnx.state(optimizer), carry.optimizer), stopped }, loss];
  }

  #lossAndGradients(model: MLP, rows: DeviceRows, batch: JaxArray): [JaxArray, nnx.State] {
    const inputs = jnp.take(rows.inputs, batch, 0);
    const labels = jnp.take(rows.labels, batch, 0);
    return nnx.valueAndGrad((trained: MLP) => meanLoss(this.data.dataset.task, trained.call(inputs), labels))(model);
  }

  #assemble({ model, optimizer }: TrainingState): { model: MLP; optimizer: nnx.Optimizer } {
    return nnx.merge(this.#graph, new nnx.State(Object.entries({ model, optimizer })));
  }

  /** A model that holds the arrays of `state`, set to evaluate. */
  modelOf(state: nnx.State): MLP {
    const model: MLP = nnx.merge(this.#modelGraph, state);
    model.eval();
    return model;
  }
}

function hyperOnDevice({ learningRate, weightDecay, clipNorm }: Experiment['optimizer']): DeviceHyperparameters {
  const scalar = (value: number): JaxArray => onDevice(Float32Array.of(value), []);
  return { learningRate: scalar(learningRate), weightDecay: scalar(weightDecay), clipNorm: scalar(clipNorm) };
}
