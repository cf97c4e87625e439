import type { RunInfo } from '#linnet/core';
import { ORDER_STREAM } from '../dataOrder';
import { pythonModel } from './pythonModel';
import { pythonOptimizer } from './pythonOptimizer';

/** Files that lie beside the directory of the step. */
export const SCRIPT_FILE = 'continue_in_jax.py';
export const ROWS_FILE = 'data.npz';

/** A text as a literal of one line, whatever is in it: JSON's escapes are Python's, too. */
const literal = (text: string): string => JSON.stringify(text);

const LOSSES = {
  classification: 'optax.softmax_cross_entropy_with_integer_labels(outputs, labels).mean()',
  regression: 'jnp.mean((outputs[:, 0] - labels) ** 2)',
};

/**
 * A Python script (Flax NNX 0.12, Optax, Orbax) that restores a saved step onto all devices there are and trains on: the batches, the
 * random numbers and so the losses are those that Linnet would have gone on with. `batchSize` is that of full batches.
 */
export function continueInJax({ name, experiment, layers, featureNames, classNames }: RunInfo, step: number, batchSize: number): string {
  const { seed, prng } = experiment.training;
  const shown = featureNames.length > 8 ? [...featureNames.slice(0, 8), `… (${featureNames.length})`] : featureNames;
  const layout = prng === 'original' ? "jax.config.update('jax_threefry_partitionable', False)  # random numbers of JAX before 0.5\n" : '';
  return `"""Goes on in JAX with a run that began in Linnet: the same model, optimiser, random streams and batches.

Lies beside the checkpoint (${step}/) and the rows of the data (${ROWS_FILE}).
Needs: pip install "flax>=0.12" optax orbax-checkpoint

  python ${SCRIPT_FILE} --steps 1000

As several processes, on one host or many, start each with its number:

  python ${SCRIPT_FILE} --coordinator 10.0.0.1:4321 --processes 2 --process 0
"""
import argparse
import functools
import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import optax
import orbax.checkpoint as ocp
from flax import nnx
from jax.sharding import Mesh, NamedSharding, PartitionSpec

parser = argparse.ArgumentParser()
parser.add_argument('--steps', type=int, default=1000, help='how many steps to train')
parser.add_argument('--coordinator', help='address and port of process 0')
parser.add_argument('--processes', type=int, help='how many processes there are')
parser.add_argument('--process', type=int, help='which of them this is, from 0')
options = parser.parse_args()
if options.coordinator:
  jax.distributed.initialize(options.coordinator, options.processes, options.process)
${layout}
RUN = ${literal(name)}
STEP = ${step}
SEED = ${seed}
BATCH = ${batchSize}
HERE = pathlib.Path(__file__).resolve().parent


${pythonModel(experiment, layers)}


def create():
  model = MLP(rngs=nnx.Rngs(params=SEED, dropout=SEED + 1))
  return model, nnx.Optimizer(model, ${pythonOptimizer(experiment)}, wrt=nnx.Param)


# All devices of all processes. What its first axis lets be cut evenly is cut: batches, parameters, moments. The rest is on every device.
mesh = Mesh(np.array(jax.devices()), ('devices',))


def sharding(shape):
  is_even = len(shape) > 0 and shape[0] % mesh.size == 0
  return NamedSharding(mesh, PartitionSpec('devices') if is_even else PartitionSpec())


def on_mesh(rows):
  return jax.make_array_from_callback(rows.shape, sharding(rows.shape), lambda index: rows[index])


checkpointer = ocp.StandardCheckpointer()


def restored(item, state):
  """An item of the checkpoint, read straight onto the mesh."""
  target = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=sharding(leaf.shape)), state)
  return checkpointer.restore(HERE / str(STEP) / item, target)


model, optimizer = nnx.eval_shape(create)
rngs, arrays = nnx.split_state(nnx.state(model), nnx.RngState, ...)
nnx.update(model, restored('model', arrays))
nnx.update(model, restored('rngs', rngs))
nnx.update(optimizer, restored('optimizer', nnx.state(optimizer)))

# Columns of the inputs: ${literal(shown.join(', '))}
with np.load(HERE / '${ROWS_FILE}') as file:
  rows = dict(file)


@functools.lru_cache(maxsize=1)
def order(epoch):
  """Numbers of the training rows as this epoch takes them."""
  with jax.threefry_partitionable(True):
    key = jax.random.fold_in(jax.random.fold_in(jax.random.key(SEED), ${ORDER_STREAM}), epoch)
    return np.asarray(jax.random.permutation(key, len(rows['train_inputs'])))


def batch(step):
  epoch, position = divmod(step, len(rows['train_inputs']) // BATCH)
  taken = order(epoch)[position * BATCH:(position + 1) * BATCH]
  return on_mesh(rows['train_inputs'][taken]), on_mesh(rows['train_labels'][taken])


def loss_of(model, inputs, labels):
  outputs = model(inputs)
  return ${classNames.length > 0 ? LOSSES.classification : LOSSES.regression}


@nnx.jit
def train_step(model, optimizer, inputs, labels):
  loss, grads = nnx.value_and_grad(loss_of)(model, inputs, labels)
  optimizer.update(model, grads)
  return loss


def say(*words):
  if jax.process_index() == 0:
    print(*words, flush=True)


def test(step):
  model.eval()
  loss = nnx.jit(loss_of)(model, on_mesh(rows['test_inputs']), on_mesh(rows['test_labels']))
  say('step', step, 'test loss', float(loss))
  model.train()


say('going on with', RUN, 'on', mesh.size, 'devices')
test(STEP)
for step in range(STEP, STEP + options.steps):
  say('step', step + 1, 'loss', float(train_step(model, optimizer, *batch(step))))
test(STEP + options.steps)
`;
}
