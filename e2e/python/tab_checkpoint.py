"""What a user of JAX does with a checkpoint from the tab: look inside, run the model, train on, save.

    python tab_checkpoint.py inspect STEP_DIR INPUTS_JSON     prints every leaf and the model's logits as JSON
    python tab_checkpoint.py train STEP_DIR OUT_DIR STEPS     trains on from the checkpoint and saves a manager step in OUT_DIR
"""

import base64
import json
import pathlib
import sys

import flax
import jax
import jax.numpy as jnp
import numpy as np
import optax
import orbax.checkpoint as ocp
from flax import nnx

ITEMS = ("model", "optimizer", "rngs")
ACTIVATIONS = {"relu": jax.nn.relu, "tanh": jnp.tanh, "sigmoid": jax.nn.sigmoid, "gelu": jax.nn.gelu, "silu": jax.nn.silu}
NEW_FLAX = tuple(int(part) for part in flax.__version__.split(".")[:2]) >= (0, 11)


def leaf_json(leaf):
    if jnp.issubdtype(getattr(leaf, "dtype", np.dtype("float32")), jax.dtypes.prng_key):
        return {"dtype": "key<fry>", "shape": list(leaf.shape), "data": encode(jax.random.key_data(leaf))}
    array = np.asarray(leaf)
    return {"dtype": str(array.dtype), "shape": list(array.shape), "data": encode(array)}


def encode(array):
    return base64.b64encode(np.ascontiguousarray(np.asarray(array)).tobytes()).decode()


def flat(tree, prefix=()):
    if isinstance(tree, dict):
        return {k: v for key, child in tree.items() for k, v in flat(child, (*prefix, str(key))).items()}
    if isinstance(tree, (list, tuple)):
        return {k: v for i, child in enumerate(tree) for k, v in flat(child, (*prefix, str(i))).items()}
    return {} if tree is None else {"/".join(prefix): leaf_json(tree)}


class MLP(nnx.Module):
    """The tab's model: linear1, linear2, ... with the experiment's activations between them."""

    def __init__(self, experiment, inputs, outputs, *, rngs):
        hidden = experiment["model"]["hidden"]
        widths = [inputs, *(layer["width"] for layer in hidden), outputs]
        for i, (fan_in, fan_out) in enumerate(zip(widths[:-1], widths[1:]), start=1):
            setattr(self, f"linear{i}", nnx.Linear(fan_in, fan_out, use_bias=experiment["model"]["useBias"], rngs=rngs))
        self.activations = tuple(layer["activation"] for layer in hidden)

    def __call__(self, x):
        for i, name in enumerate(self.activations, start=1):
            x = ACTIVATIONS[name](getattr(self, f"linear{i}")(x))
        return getattr(self, f"linear{len(self.activations) + 1}")(x)


def read_record(step):
    return json.loads((step / "linnet" / "metadata").read_text())


def restore_model(step, record):
    raw = ocp.StandardCheckpointer().restore(step / "model")
    layers = len(record["experiment"]["model"]["hidden"]) + 1
    inputs = raw["linear1"]["kernel"]["value"].shape[0]
    outputs = raw[f"linear{layers}"]["kernel"]["value"].shape[1]
    model = MLP(record["experiment"], inputs, outputs, rngs=nnx.Rngs(1))
    graphdef, state = nnx.split(model)
    return nnx.merge(graphdef, ocp.StandardCheckpointer().restore(step / "model", state))


def inspect(step, inputs):
    items = {item: flat(ocp.StandardCheckpointer().restore(step / item)) for item in ITEMS}
    model = restore_model(step, read_record(step))
    return {"items": items, "logits": np.asarray(model(jnp.asarray(inputs, jnp.float32)), np.float64).tolist()}


def loss_fn(model, x, y):
    return optax.softmax_cross_entropy_with_integer_labels(model(x), y).mean()


@nnx.jit
def train_step(model, optimizer, x, y):
    loss, grads = nnx.value_and_grad(loss_fn)(model, x, y)
    optimizer.update(model, grads)
    return loss


def train(step, out, steps, digits):
    """Trains with the restored optimiser on batches of the digits and saves a manager step with the same items."""
    record = read_record(step)
    model = restore_model(step, record)
    optimizer = nnx.Optimizer(model, optax.adam(record["experiment"]["optimizer"]["learningRate"]), wrt=nnx.Param)
    nnx.update(optimizer, ocp.StandardCheckpointer().restore(step / "optimizer", nnx.state(optimizer)))
    table = np.loadtxt(digits, delimiter=",", skiprows=1)
    x, y = table[:, :-1].astype(np.float32), table[:, -1].astype(np.int32)
    x = (x - x.mean(0)) / np.where(x.std(0) > 0, x.std(0), 1)
    order = np.random.default_rng(0)
    losses = []
    for _ in range(steps):
        rows = order.integers(0, len(x), 64)
        losses.append(float(train_step(model, optimizer, x[rows], y[rows])))
    record["step"] += steps
    record["metrics"] = {key: [] for key in record["metrics"]}
    manager = ocp.CheckpointManager(out)
    manager.save(
        record["step"],
        args=ocp.args.Composite(
            model=ocp.args.StandardSave(nnx.state(model)),
            optimizer=ocp.args.StandardSave(nnx.state(optimizer)),
            rngs=ocp.args.StandardSave(ocp.StandardCheckpointer().restore(step / "rngs")),
            linnet=ocp.args.JsonSave(record),
        ),
    )
    manager.wait_until_finished()
    return {"step": record["step"], "losses": losses, "items": {"model": flat(nnx.to_pure_dict(nnx.state(model)))}}


def main():
    command, step = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    if command == "inspect":
        result = inspect(step, json.loads(pathlib.Path(sys.argv[3]).read_text()))
    else:
        result = train(step, pathlib.Path(sys.argv[3]).resolve(), int(sys.argv[4]), sys.argv[5])
    print(json.dumps({"flax": flax.__version__, **result}))


if __name__ == "__main__":
    main()
