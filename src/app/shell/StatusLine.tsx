import { Popover } from '@base-ui/react/popover';
import { ShieldCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import { perform } from '../actions/action';
import { updatePage } from '../actions/updating';
import { useOffline } from '../state/offline';
import { useRequests } from '../state/requests';
import { useSession } from '../state/session';
import { bytesText, countText, stepText } from '../ui/numbers';

function Evidence({
  label,
  children,
  className = '',
}: {
  readonly label: ReactNode;
  readonly children: ReactNode;
  readonly className?: string;
}) {
  return (
    <Popover.Root>
      <Popover.Trigger className={`evidence ${className}`}>{label}</Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner className="floating" side="top" sideOffset={6}>
          <Popover.Popup className="popover">{children}</Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function EngineStatus() {
  const engine = useSession((state) => state.engine);
  const connection = useSession((state) => state.connection);
  const deviation = useSession((state) => state.session.deviation);
  if (engine === null) return <span>{connection === 'failed' ? 'no worker' : 'finding a device'}</span>;
  const onGpu = engine.backend === 'webgpu';
  return (
    <Evidence
      label={
        <>
          <span className={`lamp ${onGpu ? 'ready' : 'paused'}`} aria-hidden="true" />
          <b>{onGpu ? 'WebGPU' : 'CPU'}</b> <span className="wide-only ellipsis adapter">{engine.description}</span>
        </>
      }
    >
      <h3>{onGpu ? 'Training on WebGPU' : 'Training on the CPU'}</h3>
      <p>{engine.description}</p>
      {engine.fallbackReason !== null && <p>{engine.fallbackReason} Results are the same, training is slower.</p>}
      {deviation !== undefined && <p>{deviation}</p>}
    </Evidence>
  );
}

function SpeedStatus() {
  const status = useSession((state) => state.session.status);
  const speed = useSession((state) => state.session.stepsPerSecond);
  const connection = useSession((state) => state.connection);
  const endedEarly = useSession((state) => state.session.endedEarly);
  if (connection === 'restarting') return <span>restarting the worker</span>;
  if (endedEarly !== undefined) return <b role="status">{`paused: test loss best at step ${stepText(endedEarly)}`}</b>;
  if (status !== 'training') return <b>{status}</b>;
  return (
    <Evidence
      label={
        <>
          <b className="num">{stepText(speed)}</b> steps/s
        </>
      }
    >
      <h3>Steps per second</h3>
      <p>Counted over the last second, never a best.</p>
    </Evidence>
  );
}

function MemoryStatus() {
  const bytes = useSession((state) => state.session.gpuBytes);
  const onGpu = useSession((state) => state.engine?.backend === 'webgpu');
  return (
    <Evidence
      className="wide-only"
      label={
        <>
          <b className="num">{bytesText(bytes)}</b> of {onGpu ? 'GPU memory' : 'memory'}
        </>
      }
    >
      <h3>Device memory</h3>
      <p>Live buffers of this run as the engine’s ledger counts them: parameters, optimiser, data and temporaries.</p>
    </Evidence>
  );
}

function RequestsStatus() {
  const { foreign, own } = useRequests();
  return (
    <Evidence
      label={
        <>
          <ShieldCheck className="icon good" aria-hidden="true" />
          <span className="wide-only">Nothing leaves this device: </span>
          <b className="num">{countText(foreign.length, 'request')}</b> <span className="wide-only">since load</span>
        </>
      }
    >
      <h3>{countText(foreign.length, 'request')} to other places</h3>
      <p>
        Counted by the browser’s own resource timing since the page loaded. The page’s policy forbids them: <code>connect-src 'none'</code>.
      </p>
      <p>
        {own === 0
          ? 'No file of this site was fetched since then either.'
          : `${countText(own, 'file')} of this site itself came since then, none of them with your data.`}
      </p>
      {foreign.length > 0 && (
        <ul>
          {foreign.map((url) => (
            <li key={url} className="mono small">
              {url}
            </li>
          ))}
        </ul>
      )}
    </Evidence>
  );
}

function OfflineStatus() {
  const offline = useOffline((state) => state.status);
  const waiting = useOffline((state) => state.waiting);
  if (waiting !== null) {
    return (
      <Evidence label={<b className="news">new version ready</b>}>
        <h3>A new version waits</h3>
        <p>Nothing is reloaded by itself. When you bring it in, training pauses, what is not saved is saved, and the run opens again.</p>
        <button type="button" className="button primary" onClick={() => void perform(updatePage)}>
          Save and update
        </button>
      </Evidence>
    );
  }
  const text = { none: 'needs the network to load', preparing: 'preparing to work offline', ready: 'works offline' }[offline];
  return <span className="wide-only">{text}</span>;
}

function SavedShort() {
  const save = useSession((state) => state.session.save);
  if (save.type !== 'saved') return null;
  return (
    <span className="only-small">
      {'saved at\u00a0'}
      <b className="num">{stepText(save.step)}</b>
    </span>
  );
}

/** What runs where, how fast, and that nothing leaves: each opens its evidence. */
export function StatusLine() {
  return (
    <footer className="status">
      <EngineStatus />
      <SavedShort />
      <SpeedStatus />
      <MemoryStatus />
      <span className="grow" />
      <OfflineStatus />
      <RequestsStatus />
    </footer>
  );
}
