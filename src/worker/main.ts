import './lockdown';
import * as Comlink from 'comlink';
import { RunLibrary, startEngine } from '#linnet/sandbox';
import { GUIDE_NAME } from './guideProtocol';
import { GuideService } from './guideService';
import { PROTOCOL_VERSION, type SandboxEvents } from './protocol';
import { SandboxService } from './sandboxService';
import { VaultWriter } from './vaultWriter';
import { installWireErrors } from './wireErrors';

installWireErrors();

const service = new SandboxService({
  startEngine,
  openLibrary: () => RunLibrary.open(typeof Worker === 'function' ? new VaultWriter() : null),
  protocol: PROTOCOL_VERSION,
});

/** Calls that the page makes after it is gone, or that fail over there, are nobody's business here. */
const quietly = (events: SandboxEvents): SandboxEvents => ({
  state: (state) => void Promise.resolve(events.state(state)).catch(() => {}),
  metrics: (chunk) => void Promise.resolve(events.metrics(chunk)).catch(() => {}),
  checkpoints: (list) => void Promise.resolve(events.checkpoints(list)).catch(() => {}),
  engine: (engine) => void Promise.resolve(events.engine(engine)).catch(() => {}),
  heartbeat: () => void Promise.resolve(events.heartbeat()).catch(() => {}),
});

const start = service.start.bind(service);
service.start = (options, events) => start(options, quietly(events));

Comlink.expose(globalThis.name === GUIDE_NAME ? new GuideService() : service);
