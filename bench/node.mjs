import { fork } from 'node:child_process';
import { join } from 'node:path';
import { nodeGpuEnvironment } from '../scripts/webgpuForNode.mjs';
import { cpuSeconds } from './browser.mjs';
import { BUNDLES } from './bundle.mjs';

const here = import.meta.dirname;

/** Every contender in a Node process of its own. `software` computes with the adapter that Chromium brings along. */
export async function openNode(names, software) {
  const env = nodeGpuEnvironment(software);
  const contenders = Object.fromEntries(names.map((name) => [name, new Contender(name, env)]));
  await Promise.all(Object.values(contenders).map((contender) => contender.ready));
  return {
    call: (name, method, ...args) => contenders[name].call(method, args),
    cpuSeconds: () => cpuSeconds(process.pid),
    close: async () => {
      for (const contender of Object.values(contenders)) contender.end();
    },
  };
}

class Contender {
  #process;
  #pending = new Map();
  #nextId = 0;

  constructor(name, env) {
    this.#process = fork(join(here, 'nodeContender.mjs'), [join(BUNDLES, `${name}.js`)], { env });
    this.ready = new Promise((resolve, reject) => {
      this.#process.on('message', (data) => (data.ready ? resolve() : this.#settle(name, data)));
      this.#process.on('exit', (code) => {
        const error = new Error(`${name} ended with code ${code}.`);
        reject(error);
        for (const { reject: fail } of this.#pending.values()) fail(error);
      });
    });
  }

  call(method, args) {
    return new Promise((resolve, reject) => {
      this.#pending.set(++this.#nextId, { resolve, reject });
      this.#process.send({ id: this.#nextId, method, args });
    });
  }

  #settle(name, { id, value, error }) {
    const { resolve, reject } = this.#pending.get(id);
    this.#pending.delete(id);
    if (error) reject(new Error(`${name}: ${error}`));
    else resolve(value);
  }

  end() {
    this.#process.removeAllListeners('exit');
    this.#process.kill();
  }
}
