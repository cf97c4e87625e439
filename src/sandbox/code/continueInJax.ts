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

const indent = (lines: readonly string[], depth: number): string => lines.map((line) => '  '.repeat(depth) + line).join('\n');

/** Lines of the constructor and of the call, for every layer. */
function layerLines({ experiment: { model }, layers }: RunInfo): { made: string[]; calls: string[] } {
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

function scheduleExpression({ schedule, scheduleSteps, learningRate }: Experiment['optimizer']): string {
  const tenth = Math.max(1, Math.round(scheduleSteps / 10));
  switch (schedule) {
    case 'cosine':
      return `optax.cosine_decay_schedule(${learningRate}, ${scheduleSteps})`;
    case 'warmupCosine':
      return `optax.warmup_cosine_decay_schedule(0.0, ${learningRate}, ${tenth}, ${scheduleSteps})`;
    case 'exponential':
      return `optax.exponential_decay(${learningRate}, ${tenth}, 0.7)`;
    case 'linear':
      return `optax.linear_schedule(${learningRate}, 0.0, ${scheduleSteps})`;
    default:
      return String(learningRate);
  }
}

function optimizerExpression({ optimizer }: Experiment): string {
  const rate = scheduleExpression(optimizer);
  const { name, weightDecay, clipNorm } = optimizer;
  const decays = name === 'adamw' || name === 'lion' || name === 'lamb';
  const rule =
    name === 'momentum'
      ? `optax.sgd(${rate}, momentum=0.9)`
      : name === 'nesterov'
        ? `optax.sgd(${rate}, momentum=0.9, nesterov=True)`
        : `optax.${name}(${rate}${decays ? `, weight_decay=${weightDecay}` : ''})`;
  const before = [
    ...(clipNorm > 0 ? [`optax.clip_by_global_norm(${clipNorm})`] : []),
    ...(weightDecay > 0 && !decays ? [`optax.add_decayed_weights(${weightDecay})`] : []),
  ];
  return before.length === 0 ? rule : `optax.chain(${[...before, rule].join(', ')})`;
}

/** A Python script (Flax NNX 0.12, Optax, Orbax) that restores a downloaded step and is ready to train on. */
export function continueInJax(run: RunInfo, step: number, directory: string): string {
  const { experiment } = run;
  const { made, calls } = layerLines(run);
  const { seed, prng } = experiment.training;
  const layout = prng === 'original' ? "jax.config.update('jax_threefry_partitionable', False)\n" : '';
  return `"""Restores ${run.name}, step ${step}, as downloaded from Linnet, and trains on.

Unpack the zip beside this file: ${directory}/
Needs: pip install flax optax orbax-checkpoint
"""
import json
import pathlib

import jax
import jax.numpy as jnp
import optax
import orbax.checkpoint as ocp
from flax import nnx

${layout}STEP = pathlib.Path('${directory}').resolve()


class MLP(nnx.Module):
  def __init__(self, *, rngs):
${indent([...made, 'self.rngs = rngs'], 2)}

  def __call__(self, x):
${indent([...calls, 'return x'], 2)}


def create():
  return MLP(rngs=nnx.Rngs(params=${seed}, dropout=${seed + 1}))


model = create()
optimizer = nnx.Optimizer(model, ${optimizerExpression(experiment)}, wrt=nnx.Param)

checkpointer = ocp.StandardCheckpointer()
rngs, parameters = nnx.split_state(nnx.state(model), nnx.RngState, ...)
nnx.update(model, checkpointer.restore(STEP / 'model', parameters))
nnx.update(model, checkpointer.restore(STEP / 'rngs', rngs))
nnx.update(optimizer, checkpointer.restore(STEP / 'optimizer', nnx.state(optimizer)))
run = json.loads((STEP / 'linnet' / 'metadata').read_text())
print('step', run['step'], 'of', run['run']['name'])


@nnx.jit
def train_step(model, optimizer, inputs, labels):
  def loss_fn(model):
    outputs = model(inputs)
${indent(lossLines(run), 2)}

  loss, grads = nnx.value_and_grad(loss_fn)(model)
  optimizer.update(model, grads)
  return loss


# inputs: float32 [batch, ${run.featureNames.length}] (${run.featureNames.slice(0, 6).join(', ')}${run.featureNames.length > 6 ? ', ...' : ''})
# The rows of the data set that were trained on are run['data']['trainRows']; this epoch's order is run['data']['permutation'].
`;
}

const lossLines = ({ classNames }: RunInfo): string[] =>
  classNames.length > 0
    ? ['return optax.softmax_cross_entropy_with_integer_labels(outputs, labels).mean()']
    : ['return jnp.mean((outputs[:, 0] - labels) ** 2)'];
