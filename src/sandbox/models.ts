import { type ActivationName, type Experiment, type InitializerName, LinnetError } from '#linnet/core';
import * as nnx from '#linnet/nnx';
import { type Initializer, initializers } from '#linnet/random';
import { type Array as JaxArray, jnp, nn } from '#linnet/tensor';

const ACTIVATION_FUNCTIONS: Readonly<Record<ActivationName, (x: JaxArray) => JaxArray>> = {
  relu: (x) => nn.relu(x),
  tanh: (x) => jnp.tanh(x),
  sigmoid: (x) => nn.sigmoid(x),
  gelu: (x) => nn.gelu(x),
  silu: (x) => nn.silu(x),
  leakyRelu: (x) => nn.leakyRelu(x),
  elu: (x) => nn.elu(x),
  linear: (x) => x,
};

const INITIALIZER_FUNCTIONS: Readonly<Record<InitializerName, () => Initializer>> = {
  lecunNormal: initializers.lecunNormal,
  heNormal: initializers.heNormal,
  glorotNormal: initializers.glorotNormal,
  glorotUniform: initializers.glorotUniform,
  orthogonal: initializers.orthogonal,
  zeros: initializers.zerosInit,
};

/** One layer of the model with what follows it. */
interface Stage {
  readonly linear: string;
  readonly norm: string | null;
  readonly activation: ActivationName;
  readonly dropout: string | null;
}

/** Widths from inputs to outputs. */
export function layerWidths(experiment: Experiment, inputs: number, outputs: number): number[] {
  return [inputs, ...experiment.model.hidden.map(({ width }) => width), outputs];
}

/**
 * The model of an experiment: `linear1`, `linear2`, … with `norm1`, `dropout1`, … after hidden layers where asked for, named as a Flax
 * user would name them, so that the saved tree reads like one written by hand. Its random streams are its own (`rngs`).
 */
export class MLP extends nnx.Module {
  // The page shows the class by its name, which a minifier would shorten.
  static {
    Object.defineProperty(MLP, 'name', { value: 'MLP' });
  }
  [layer: string]: any;
  readonly stages: readonly Stage[];

  constructor(experiment: Experiment, inputs: number, outputs: number, { rngs }: { readonly rngs: nnx.Rngs }) {
    super();
    const { model } = experiment;
    const widths = layerWidths(experiment, inputs, outputs);
    const kernelInit = INITIALIZER_FUNCTIONS[model.initializer]();
    const stages: Stage[] = [];
    for (let i = 1; i < widths.length; i++) {
      const hidden = model.hidden[i - 1];
      const stage: Stage = {
        linear: `linear${i}`,
        norm: hidden !== undefined && model.batchNorm ? `norm${i}` : null,
        activation: hidden?.activation ?? 'linear',
        dropout: hidden !== undefined && model.dropout > 0 ? `dropout${i}` : null,
      };
      this[stage.linear] = new nnx.Linear(widths[i - 1]!, widths[i]!, { rngs, useBias: model.useBias, kernelInit });
      if (stage.norm !== null) this[stage.norm] = new nnx.BatchNorm(widths[i]!, { rngs });
      if (stage.dropout !== null) this[stage.dropout] = new nnx.Dropout(model.dropout, { rngs });
      stages.push(stage);
    }
    this.stages = stages;
    this.rngs = rngs;
  }

  /** Logits or predictions `[batch, outputs]` of inputs `[batch, inputs]`. `watch` sees each hidden layer's output. */
  call(x: JaxArray, watch?: (activations: JaxArray) => void): JaxArray {
    let h = x;
    for (const { linear, norm, activation, dropout } of this.stages) {
      h = this[linear].call(h);
      if (norm !== null) h = this[norm].call(h);
      h = ACTIVATION_FUNCTIONS[activation](h);
      watch?.(h);
      if (dropout !== null) h = this[dropout].call(h);
    }
    return h;
  }
}

/** A new model for `experiment`: parameters from the training seed, dropout from a stream beside it. */
export function buildModel(experiment: Experiment, inputs: number, outputs: number): MLP {
  if (inputs < 1 || outputs < 1) throw new LinnetError('ShapeError', `A model of ${inputs} inputs and ${outputs} outputs cannot be built.`);
  const { seed } = experiment.training;
  return new MLP(experiment, inputs, outputs, { rngs: new nnx.Rngs({ params: seed, dropout: seed + 1 }) });
}
