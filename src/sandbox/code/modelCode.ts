import type { Experiment, RunInfo } from '#linnet/core';

const IMPORTS = `import { jax, jnp, nnx } from 'linnet';`;

const callOf = (activation: string, x: string): string => {
  if (activation === 'linear') return x;
  return activation === 'tanh' ? `jnp.tanh(${x})` : `jax.nn.${activation}(${x})`;
};

/** Statements of one layer's forward pass. */
function forward({ model }: Experiment, index: number, count: number): string[] {
  const hidden = model.hidden[index];
  const name = index + 1;
  const lines = [`x = this.linear${name}.call(x);`];
  if (hidden === undefined || index === count - 1) return lines;
  if (model.batchNorm) lines.push(`x = this.norm${name}.call(x);`);
  if (hidden.activation !== 'linear') lines.push(`x = ${callOf(hidden.activation, 'x')};`);
  if (model.dropout > 0) lines.push(`x = this.dropout${name}.call(x);`);
  return lines;
}

/** The model of a run as a module in TypeScript, as a person would write it by hand. */
export function modelCode({ experiment, layers }: RunInfo): string {
  const { model } = experiment;
  const fields: string[] = [];
  const made: string[] = [];
  layers.forEach(({ name, inputs, outputs }, i) => {
    const options = ['rngs', ...(model.useBias ? [] : ['useBias: false']), ...(model.initializer === 'lecunNormal' ? [] : ['kernelInit'])];
    fields.push(`${name}: nnx.Linear;`);
    made.push(`this.${name} = new nnx.Linear(${inputs}, ${outputs}, { ${options.join(', ')} });`);
    if (i === layers.length - 1) return;
    if (model.batchNorm) {
      fields.push(`norm${i + 1}: nnx.BatchNorm;`);
      made.push(`this.norm${i + 1} = new nnx.BatchNorm(${outputs}, { rngs });`);
    }
    if (model.dropout > 0) {
      fields.push(`dropout${i + 1}: nnx.Dropout;`);
      made.push(`this.dropout${i + 1} = new nnx.Dropout(${model.dropout}, { rngs });`);
    }
  });
  const initializer = model.initializer === 'zeros' ? 'jax.nn.initializers.zeros' : `jax.nn.initializers.${model.initializer}()`;
  const before = model.initializer === 'lecunNormal' ? [] : [`const kernelInit = ${initializer};`];
  const calls = layers.flatMap((_, i) => forward(experiment, i, layers.length));
  const { seed } = experiment.training;
  return `${IMPORTS}

class MLP extends nnx.Module {
${indent(fields, 1)}
  rngs: nnx.Rngs;

  constructor({ rngs }: { rngs: nnx.Rngs }) {
    super();
${indent([...before, ...made, 'this.rngs = rngs;'], 2)}
  }

  call(x: jax.Array): jax.Array {
${indent([...calls, 'return x;'], 2)}
  }
}

const model = new MLP({ rngs: new nnx.Rngs({ params: ${seed}, dropout: ${seed + 1} }) });
`;
}

const indent = (lines: readonly string[], depth: number): string => lines.map((line) => '  '.repeat(depth) + line).join('\n');
