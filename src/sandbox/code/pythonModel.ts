import type { ActivationName, Experiment, InitializerName, RunInfo } from '#linnet/core';

const ACTIVATIONS: Readonly<Record<ActivationName, string | null>> = {
  relu: 'jax.nn.relu',
  tanh: 'jnp.tanh',
  sigmoid: 'jax.nn.sigmoid',
  gelu: 'jax.nn.gelu',
  silu: 'jax.nn.silu',
  leakyRelu: 'jax.nn.leaky_relu',
  elu: 'jax.nn.elu',
  linear: null,
};

const INITIALIZERS: Readonly<Record<InitializerName, string>> = {
  lecunNormal: 'lecun_normal()',
  heNormal: 'he_normal()',
  glorotNormal: 'glorot_normal()',
  glorotUniform: 'glorot_uniform()',
  orthogonal: 'orthogonal()',
  zeros: 'zeros',
};

/** Lines of the constructor and of the call, for every layer. */
function layerLines({ model }: Experiment, layers: RunInfo['layers']): { made: string[]; calls: string[] } {
  const made: string[] = [];
  const calls: string[] = [];
  layers.forEach(({ name, inputs, outputs }, i) => {
    const options = [
      'rngs=rngs',
      ...(model.useBias ? [] : ['use_bias=False']),
      ...(model.initializer === 'lecunNormal' ? [] : [`kernel_init=nnx.initializers.${INITIALIZERS[model.initializer]}`]),
    ];
    made.push(`self.${name} = nnx.Linear(${inputs}, ${outputs}, ${options.join(', ')})`);
    calls.push(`x = self.${name}(x)`);
    const hidden = model.hidden[i];
    if (hidden === undefined) return;
    if (model.batchNorm) {
      made.push(`self.norm${i + 1} = nnx.BatchNorm(${outputs}, rngs=rngs)`);
      calls.push(`x = self.norm${i + 1}(x)`);
    }
    const activation = ACTIVATIONS[hidden.activation];
    if (activation !== null) calls.push(`x = ${activation}(x)`);
    if (model.dropout > 0) {
      made.push(`self.dropout${i + 1} = nnx.Dropout(${model.dropout}, rngs=rngs)`);
      calls.push(`x = self.dropout${i + 1}(x)`);
    }
  });
  return { made, calls };
}

/** The model of a run as a Flax NNX class in Python. */
export function pythonModel(experiment: Experiment, layers: RunInfo['layers']): string {
  const { made, calls } = layerLines(experiment, layers);
  const indented = (lines: readonly string[]): string => lines.map((line) => `    ${line}`).join('\n');
  return `class MLP(nnx.Module):
  def __init__(self, *, rngs):
${indented([...made, 'self.rngs = rngs'])}

  def __call__(self, x):
${indented([...calls, 'return x'])}`;
}
