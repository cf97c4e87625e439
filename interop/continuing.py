"""Unpacks the zips that Linnet exports for JAX and runs their scripts, one after another in one interpreter. Usage: continuing.py TO ZIP..."""
import contextlib, io, json, pathlib, runpy, shutil, sys, traceback, warnings, zipfile
warnings.simplefilter('ignore')
import logging; logging.disable(logging.WARNING)
import jax

to, *archives = map(pathlib.Path, sys.argv[1:])
shutil.rmtree(to, ignore_errors=True)
for archive in archives:
  # As a fresh interpreter has it.
  jax.config.update('jax_threefry_partitionable', True)
  printed, error, script = io.StringIO(), None, None
  try:
    zipfile.ZipFile(archive).extractall(to / archive.stem)
    [script] = map(str, (to / archive.stem).glob('*/continue_in_jax.py'))
    sys.argv = [script, '--steps', '20']
    with contextlib.redirect_stdout(printed): runpy.run_path(script, run_name='__main__')
  except Exception: error = traceback.format_exc()[-2000:]
  print(json.dumps({'script': script, 'printed': printed.getvalue(), 'error': error}), flush=True)
