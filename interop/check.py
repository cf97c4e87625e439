"""Restores with real Orbax what Linnet wrote, and saves it again. Usage: check.py new|old PLAN RESAVED"""
import base64, json, os, shutil, sys, traceback, warnings, zipfile
STACK, PLAN, RESAVED = sys.argv[1:4]
os.environ.setdefault('JAX_PLATFORMS', 'cpu')
warnings.simplefilter('ignore')
import logging; logging.disable(logging.WARNING)
import jax; jax.config.update('jax_enable_x64', True)
import jax.numpy as jnp, ml_dtypes, numpy as np
import orbax.checkpoint as ocp
try: import orbax.checkpoint.v1 as v1
except ImportError:
  try: import orbax.checkpoint.experimental.v1 as v1
  except ImportError: v1 = None
NEW = STACK == 'new'
EMPTY = {'None': lambda: None, 'Dict': dict, 'List': list, 'Tuple': tuple, 'NamedTuple': lambda: None}
DEVICE = jax.devices()[0]
SHARDING = jax.sharding.SingleDeviceSharding(DEVICE)

def report(name, flow, error=None, skipped=False):
  print(json.dumps({'name': f'{STACK} {name} {flow}', 'error': error, 'skipped': skipped}), flush=True)

def dtype_of(leaf):
  try: return np.dtype(leaf['dtype'])
  except TypeError: return np.dtype(getattr(ml_dtypes, leaf['dtype']))

def wanted(leaf):
  return np.frombuffer(base64.b64decode(leaf['data']), dtype=dtype_of(leaf)).reshape(leaf['shape'])

def build(leaves, value):
  """A tree of dicts and lists with value(leaf) at each leaf."""
  root = [] if leaves[0]['keyTypes'][0] == 1 else {}
  def child(node, key, kind, make):
    if kind == 1:
      while len(node) <= int(key): node.append(None)
      if node[int(key)] is None: node[int(key)] = make()
      return node[int(key)]
    if key not in node: node[key] = make()
    return node[key]
  for leaf in leaves:
    node, path, kinds = root, leaf['path'], leaf['keyTypes']
    for i, key in enumerate(path[:-1]):
      node = child(node, key, kinds[i], list if kinds[i + 1] == 1 else dict)
    if kinds[-1] == 1:
      while len(node) <= int(path[-1]): node.append(None)
      node[int(path[-1])] = value(leaf)
    else: node[path[-1]] = value(leaf)
  return root

def at(tree, leaf):
  for key, kind in zip(leaf['path'], leaf['keyTypes']): tree = tree[int(key)] if kind == 1 else tree[key]
  return tree

def is_key(leaf): return NEW and leaf.get('prngImpl') == 'threefry2x32' and leaf['kind'] == 'jax.Array'

def target_leaf(leaf, abstract, sharded):
  kind = leaf['kind']
  if kind in EMPTY: return EMPTY[kind]()
  if kind == 'string': return ''
  dtype, shape = dtype_of(leaf), tuple(leaf['shape'])
  if kind == 'scalar':
    return {'i': int, 'u': int, 'f': float, 'b': bool}.get(dtype.kind, float)()
  if kind == 'np.ndarray': return np.zeros(shape, dtype)
  if is_key(leaf):
    keys = jax.random.wrap_key_data(jnp.zeros(shape, jnp.uint32))
    if not abstract: return keys
    return jax.ShapeDtypeStruct(keys.shape, keys.dtype, sharding=SHARDING) if sharded else jax.ShapeDtypeStruct(keys.shape, keys.dtype)
  if not abstract: return jnp.zeros(shape, dtype)
  return jax.ShapeDtypeStruct(shape, dtype, sharding=SHARDING) if sharded else jax.ShapeDtypeStruct(shape, dtype)

def check(tree, leaves, typed=True):
  """Bit for bit; a text that says the first difference."""
  for leaf in leaves:
    name, kind = leaf['paramName'], leaf['kind']
    try: got = at(tree, leaf)
    except (KeyError, IndexError, TypeError) as e: return f'{name}: missing ({e!r})'
    if kind == 'None' or kind == 'NamedTuple':
      if got is not None and not (hasattr(got, '__len__') and len(got) == 0): return f'{name}: {got!r} instead of None'
    elif kind in EMPTY:
      if got is not None and len(got) != 0: return f'{name}: {got!r} instead of an empty {kind}'
    elif kind == 'string':
      if got != leaf['value']: return f'{name}: {got!r} instead of {leaf["value"]!r}'
    else:
      if isinstance(got, jax.Array) and jax.dtypes.issubdtype(got.dtype, jax.dtypes.prng_key): got = jax.random.key_data(got)
      elif typed and is_key(leaf): return f'{name}: plain {type(got).__name__} instead of a typed key'
      want = wanted(leaf)
      have = np.asarray(got, dtype=want.dtype) if kind == 'scalar' else np.asarray(got)
      if have.dtype != want.dtype or have.shape != want.shape: return f'{name}: {have.dtype}{have.shape} instead of {want.dtype}{want.shape}'
      if np.ascontiguousarray(have).tobytes() != np.ascontiguousarray(want).tobytes(): return f'{name}: other bits'
  return None

def flow(name, label, restore, leaves, typed=True):
  """typed: whether PRNG keys must come back as such; without a sharding Orbax restores their words."""
  try: error = check(restore(), leaves, typed)
  except Exception as e:
    error = f'{type(e).__name__}: {e}'[:600]
    if os.environ.get('TRACE'): traceback.print_exc(file=sys.stderr)
  report(name, label, error)

def run_case(case, standard, pytree):
  name, path, leaves = case['name'], case['directory'], case['leaves']
  kinds = {leaf['kind'] for leaf in leaves}
  has_text, has_arrays = 'string' in kinds, bool(kinds & {'jax.Array'})
  flow(name, 'standard, no target', lambda: standard.restore(path), leaves, case['sharded'])
  if not has_text:
    concrete = build(leaves, lambda leaf: target_leaf(leaf, False, False))
    flow(name, 'standard, arrays as target', lambda: standard.restore(path, concrete), leaves)
    shapes = build(leaves, lambda leaf: target_leaf(leaf, True, True))
    flow(name, 'standard, structs with sharding', lambda: standard.restore(path, shapes), leaves)
    if case['sharded'] or NEW:
      bare = build(leaves, lambda leaf: target_leaf(leaf, True, False))
      flow(name, 'standard, structs as in the guide', lambda: standard.restore(path, bare), leaves, case['sharded'])
  if case['sharded'] or not has_arrays: flow(name, 'pytree, no arguments', lambda: pytree.restore(path), leaves)
  if NEW and v1 is not None and case['sharded'] and not has_text:
    load = getattr(v1, 'load', None) or v1.load_pytree
    flow(name, 'v1 load', lambda: load(path), leaves)
  resave(case, standard, pytree)

def resave(case, standard, pytree):
  if not case['resave']: return
  leaves, to = case['leaves'], os.path.join(RESAVED, case['name'])
  if any(0 in leaf.get('shape', []) for leaf in leaves): return report(case['name'], 'save again', skipped=True)
  try:
    tree = standard.restore(case['directory'])
    pytree.save(to, tree)
    report(case['name'], 'save again')
  except Exception as e: report(case['name'], 'save again', f'{type(e).__name__}: {e}'[:600])

def run_managers(plan):
  m = plan['managers']; args = ocp.args
  def steps(label, root, want_steps, best, **options):
    with ocp.CheckpointManager(root, options=ocp.CheckpointManagerOptions(read_only=True, **options)) as manager:
      got = (sorted(manager.all_steps()), manager.latest_step(), manager.best_step())
    report(label, 'steps', None if got == (want_steps, want_steps[-1], best) else f'{got} instead of {(want_steps, want_steps[-1], best)}')
  def composite(label, root, step):
    model = build(m['model'], lambda leaf: target_leaf(leaf, True, True))
    optimizer = build(m['optimizer'], lambda leaf: target_leaf(leaf, True, True))
    def restored(**items):
      with ocp.CheckpointManager(root) as manager: return manager.restore(step, args=args.Composite(**items))
    named = {}
    def with_targets():
      named.update(dict(restored(model=args.StandardRestore(model), optimizer=args.StandardRestore(optimizer), linnet=args.JsonRestore()).items()))
      return named['model']
    flow(label, 'composite with targets, model', with_targets, m['model'])
    flow(label, 'composite with targets, optimizer', lambda: named['optimizer'], m['optimizer'])
    report(label, 'json item', None if named.get('linnet') == m['json'] else f'{named.get("linnet")}')
    flow(label, 'composite without targets', lambda: restored(model=args.StandardRestore())['model'], m['model'])
    if NEW:
      def everything():
        with ocp.CheckpointManager(root) as manager: return manager.restore(step)['optimizer']
      flow(label, 'restore without arguments', everything, m['optimizer'])
    flow(label, 'one item by its path', lambda: ocp.StandardCheckpointer().restore(os.path.join(root, str(step), 'model'), model), m['model'])
  root = os.path.join(m['root'], 'composite')
  steps('manager', root, [3, 7], 7, best_fn=lambda metrics: metrics['loss'], best_mode='max')
  composite('manager', root, 3)
  single = os.path.join(m['root'], 'single')
  names = dict(step_prefix='ckpt', step_format_fixed_length=8)
  steps('single', single, [2, 3], 3, **names)
  def default():
    with ocp.CheckpointManager(single, options=ocp.CheckpointManagerOptions(**names)) as manager: return manager.restore(3, args=args.StandardRestore())
  flow('single', 'default item', default, m['model'])
  unpacked = os.path.join(m['root'], f'unzipped-{STACK}')
  with zipfile.ZipFile(os.path.join(m['root'], 'run.zip')) as archive:
    report('download', 'zip is sound', archive.testzip())
    archive.extractall(unpacked)
  steps('download', os.path.join(unpacked, 'my run'), [40], 40)
  composite('download', os.path.join(unpacked, 'my run'), 40)

def continue_run(m):
  """Python goes on with a run that Linnet began: restores, saves the next step, drops the oldest."""
  root, args = os.path.join(RESAVED, 'continued'), ocp.args
  shutil.copytree(os.path.join(m['root'], 'composite'), root)
  try:
    with ocp.CheckpointManager(root, options=ocp.CheckpointManagerOptions(max_to_keep=2)) as manager:
      items = manager.restore(7, args=args.Composite(model=args.StandardRestore(), optimizer=args.StandardRestore(), linnet=args.JsonRestore()))
      manager.save(9, args=args.Composite(model=args.StandardSave(items['model']), optimizer=args.StandardSave(items['optimizer']), linnet=args.JsonSave({**items['linnet'], 'step': 9})))
      manager.wait_until_finished()
      steps = sorted(manager.all_steps())
    report('manager', 'goes on in Python', None if steps == [7, 9] else f'{steps}')
  except Exception as e: report('manager', 'goes on in Python', f'{type(e).__name__}: {e}'[:600])

def run_damaged(case):
  """Real Orbax checks the checksums that Linnet writes: a flipped bit never restores as another number."""
  try: error = check(standard.restore(case['directory']), case['leaves'])
  except Exception: error = None
  report(case['name'], 'is noticed', error and f'silently wrong: {error}')

def run_guide(guide):
  """The checkpoint guide's own restore: into the abstract state of a Flax model, which then runs."""
  from flax import nnx
  class TwoLayerMLP(nnx.Module):
    def __init__(self, dim, rngs):
      self.linear1 = nnx.Linear(dim, dim, rngs=rngs, use_bias=False)
      self.linear2 = nnx.Linear(dim, dim, rngs=rngs, use_bias=False)
    def __call__(self, x): return self.linear2(self.linear1(x))
  try:
    graphdef, abstract = nnx.split(nnx.eval_shape(lambda: TwoLayerMLP(4, rngs=nnx.Rngs(0))))
    state = ocp.StandardCheckpointer().restore(os.path.join(guide['root'], f'guide-{STACK}'), abstract)
    model = nnx.merge(graphdef, state)
    kernels = {leaf['path'][0]: wanted(leaf) for leaf in guide['leaves']}
    error = None
    for name, want in kernels.items():
      have = np.asarray(getattr(model, name).kernel.value)
      if have.tobytes() != want.tobytes(): error = f'{name}: other bits'
    x = jnp.ones((3, 4), jnp.float32)
    if model(x).shape != (3, 4): error = 'the model does not run'
    report('guide', 'restored into the abstract Flax model', error)
  except Exception as e: report('guide', 'restored into the abstract Flax model', f'{type(e).__name__}: {e}'[:600])

plan = json.load(open(PLAN))
standard, pytree = ocp.StandardCheckpointer(), ocp.PyTreeCheckpointer()
for case in plan['cases']: run_case(case, standard, pytree)
run_managers(plan)
continue_run(plan['managers'])
run_guide(plan['guide'])
for case in plan['damaged']: run_damaged(case)
standard.close()
