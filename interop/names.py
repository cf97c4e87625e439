"""Prints the public names of the packages that FEATURES.md compares with, as JSON."""
import json, types, warnings
warnings.simplefilter('ignore')
import jax, optax
from flax import nnx

def public(module): return [name for name in dir(module) if not name.startswith('_') and not isinstance(getattr(module, name), types.ModuleType)]

print(json.dumps({'flax.nnx': public(nnx), 'optax': public(optax), 'jax.random': public(jax.random)}))
