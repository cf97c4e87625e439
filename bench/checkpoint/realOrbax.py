"""Saves and restores with real Orbax as the lines on standard input say; answers one line each."""
import json, logging, os, resource, sys, time, warnings
os.environ['JAX_PLATFORMS'] = 'cpu'
warnings.simplefilter('ignore')
logging.disable(logging.WARNING)
import jax, numpy as np
import orbax.checkpoint as ocp

checkpointer, tree, sharding = ocp.StandardCheckpointer(), {}, jax.sharding.SingleDeviceSharding(jax.devices()[0])

def prepare(size):
  global tree
  tree, rng = {}, np.random.default_rng(0)
  for i in range(size['count']):
    array = jax.numpy.asarray((rng.standard_normal(size['shape']) * 0.02).astype(np.float32))
    if size['perBlock'] == 0: tree[f'w{i}'] = array
    else: tree.setdefault(f'block_{i // size["perBlock"]}', {})[f'leaf_{i % size["perBlock"]}'] = array

def timed(work):
  start = time.perf_counter()
  leaves = work()
  return {'ms': (time.perf_counter() - start) * 1000, 'leaves': leaves}

def save(place):
  def work():
    checkpointer.save(place, tree, force=True)
    checkpointer.wait_until_finished()
    return 0
  return timed(work)

def restore(place):
  return timed(lambda: len(jax.tree.leaves(jax.block_until_ready(checkpointer.restore(place)))))

def metadata(place):
  def work():
    found = checkpointer.metadata(place)
    return len(jax.tree.leaves(getattr(found, 'item_metadata', found).tree if hasattr(getattr(found, 'item_metadata', found), 'tree') else found))
  return timed(work)

def peak():
  return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

for line in sys.stdin:
  asked = json.loads(line)
  try: answer = {'value': globals()[asked['method']](*asked['args'])}
  except Exception as e: answer = {'error': f'{type(e).__name__}: {e}'[:500]}
  print(json.dumps(answer), flush=True)
