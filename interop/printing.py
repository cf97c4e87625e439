"""Prints the arrays of a file as JAX does, and names those that Linnet printed otherwise, as JSON. Usage: printing.py FILE"""
import base64, json, sys
import jax.numpy as jnp, numpy as np

wrong = []
for one in json.load(open(sys.argv[1])):
  array = np.frombuffer(base64.b64decode(one['data']), dtype=one['dtype']).reshape(one['shape'])
  text = repr(jnp.asarray(array))
  if text != one['text']: wrong.append({'linnet': one['text'], 'jax': text})
print(json.dumps(wrong))
