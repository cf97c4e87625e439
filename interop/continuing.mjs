// Runs in Python what Linnet exports as "Continue in JAX", and compares the losses that follow with Linnet's own.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';

const SCRIPT = join(import.meta.dirname, 'continuing.py');

/** Runs Python; resolves to what it printed. Rejects with the end of its errors when it fails. */
function run(python, args, env = {}) {
  const child = spawn(python, args, {
    env: { ...process.env, JAX_PLATFORMS: 'cpu', PYTHONDONTWRITEBYTECODE: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (data) => {
    output += data;
  });
  child.stderr.on('data', (data) => {
    errors = (errors + data).slice(-2000);
  });
  return new Promise((done, failed) => {
    child.on('error', failed);
    child.on('close', (code) => (code === 0 ? done(output) : failed(new Error(`it ended with code ${code}: ${errors}`))));
  });
}

/** A port of the loopback that nothing listens at. */
const freePort = () =>
  new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

/** The losses that a script printed. */
const lossesOf = (printed) => ({
  losses: [...printed.matchAll(/^step \d+ loss (\S+)$/gm)].map(([, loss]) => Number(loss)),
  testLoss: Number(/^step \d+ test loss (\S+)$/m.exec(printed)?.[1]),
});

/** One script as `count` JAX processes that find each other over the loopback; what process 0 printed. */
async function asProcesses(python, script, count) {
  const coordinator = `127.0.0.1:${await freePort()}`;
  const options = ['--steps', '20', '--coordinator', coordinator, '--processes', String(count)];
  const all = await Promise.all(Array.from({ length: count }, (_, i) => run(python, [script, ...options, '--process', String(i)])));
  return all[0];
}

/** Every run on one device and on eight, and some as two processes. `count(name, error)` is told of each. */
export async function checkContinuing(linnet, python, directory, count) {
  const cases = await linnet.writeContinuing(directory);
  const zips = cases.map(({ zip }) => zip);
  const compare = (one, where, printed, error) => {
    const problems = error === null ? linnet.compareLosses(one, lossesOf(printed)).join('; ') : error;
    const used = new RegExp(` on ${where.devices} devices$`, 'm').test(printed)
      ? ''
      : `not on ${where.devices} devices: ${printed.slice(0, 200)}`;
    count(`${one.name}, gone on with in JAX ${where.name}`, problems || used);
  };
  const onDevices = async (devices) => {
    const flags = { XLA_FLAGS: `--xla_force_host_platform_device_count=${devices}` };
    const output = await run(python, [SCRIPT, join(directory, `on-${devices}`), ...zips], flags);
    const results = output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
    for (const [i, one] of cases.entries()) {
      const { printed, error } = results[i] ?? { printed: '', error: 'it was not run' };
      compare(one, { name: `on ${devices} device(s)`, devices }, printed, error);
    }
    return results;
  };
  const [single] = await Promise.all([onDevices(1), onDevices(8)]);
  for (const [i, one] of cases.entries()) {
    const { script } = single[i] ?? {};
    if (!one.asProcesses || !script) continue;
    const where = { name: 'as two processes', devices: 2 };
    await asProcesses(python, script, 2).then(
      (printed) => compare(one, where, printed, null),
      (cause) => compare(one, where, '', cause.message),
    );
  }
}
