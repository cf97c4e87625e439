import { type DeviceDType, type HostArray, isDeviceDType, LinnetError } from '#linnet/core';
import { type DeviceFacts, Engine, type EngineOptions } from '#linnet/gpu';
import type { Backend, BackendStats, Buffer, CompileOptions, Executable } from '../backend';
import type { Program } from '../trace/program';
import { parsePlan } from './compilePlan';
import { DeviceBuffer } from './deviceBuffer';
import { fromDeviceBytes, toDeviceBytes } from './hostBytes';
import { Scratch } from './scratch';
import { WebGpuExecutable } from './webgpuExecutable';

/** The engine on `device`, which it owns from here on: `dispose` destroys it. */
export function createWebGpuBackend(device: GPUDevice, options: EngineOptions = {}): TunableBackend {
  return new WebGpuBackend(new Engine(device, options));
}

/** A backend that can be told what was measured of its device. */
export interface TunableBackend extends Backend {
  readonly facts: DeviceFacts;
  learn(facts: Partial<DeviceFacts>): void;
}

class WebGpuBackend implements TunableBackend {
  readonly kind = 'webgpu';
  readonly description: string;
  readonly lost: Backend['lost'];
  readonly #engine: Engine;
  readonly #scratch: Scratch;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#scratch = new Scratch(engine);
    this.description = engine.facts.description;
    this.lost = engine.faults.lost;
  }

  get facts(): DeviceFacts {
    return this.#engine.facts;
  }

  learn(facts: Partial<DeviceFacts>): void {
    this.#engine.learn(facts);
  }

  compile(program: Program, options: CompileOptions = {}): Executable {
    return new WebGpuExecutable(this.#engine, this.#scratch, program, options);
  }

  refusal(plan: unknown): string | null {
    try {
      parsePlan(plan);
      return null;
    } catch (error) {
      return (error as Error).message;
    }
  }

  fromHost(array: HostArray): Buffer {
    if (!isDeviceDType(array.dtype)) {
      throw new LinnetError('DTypeError', `${array.dtype} arrays cannot be put on the GPU; cast to float32, int32, uint32 or bool first.`);
    }
    if (array.dtype === 'float16' && !this.#engine.facts.float16) {
      throw new LinnetError('DTypeError', `This GPU (${this.description}) has no float16; cast to float32 first.`);
    }
    const { loss } = this.#engine.faults;
    if (loss) throw loss;
    const buffer = DeviceBuffer.allocate(this.#engine, { shape: array.shape, dtype: array.dtype as DeviceDType, weakType: false });
    this.#engine.upload(buffer.block, toDeviceBytes(array));
    return buffer;
  }

  async toHost(buffer: Buffer): Promise<HostArray> {
    if (!(buffer instanceof DeviceBuffer)) throw new LinnetError('InvalidArgumentError', 'This array does not live on this GPU.');
    if (!buffer.alive)
      throw new LinnetError(
        'DisposedError',
        `This array (${buffer.aval.dtype}[${buffer.aval.shape}]) was disposed; its elements are gone.`,
      );
    const bytes = await this.#engine.download(buffer.block, buffer.byteLength, () => buffer.failure);
    return fromDeviceBytes(buffer.aval, bytes);
  }

  synchronize(): Promise<void> {
    return this.#engine.synchronize();
  }

  stats(): BackendStats {
    return { ...this.#engine.counters };
  }

  dispose(): void {
    this.#engine.dispose();
  }
}
