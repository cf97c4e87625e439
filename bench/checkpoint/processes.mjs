// Memory of the processes below this one, as Linux tells it.
import { readdirSync, readFileSync } from 'node:fs';

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

const parentOf = (pid) => Number(/^\d+ \(.*\) \S (\d+)/s.exec(read(`/proc/${pid}/stat`))?.[1] ?? 0);

function isBelow(pid, ancestor) {
  for (let at = pid; at > 1; at = parentOf(at)) if (at === ancestor) return true;
  return false;
}

/** Processes of the browser that this process started and that show pages or run workers. */
function renderers() {
  const pids = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  return pids.filter((pid) => read(`/proc/${pid}/cmdline`).includes('--type=renderer') && isBelow(pid, process.pid));
}

const peakOf = (pid) => 1024 * Number(/^VmHWM:\s*(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);

/** Most memory that the largest renderer has had so far, in bytes; undefined where the system does not tell. */
export function rendererPeak() {
  const peaks = process.platform === 'linux' ? renderers().map(peakOf) : [];
  return peaks.length === 0 ? undefined : Math.max(...peaks);
}
