import { writeLink } from './link';
import { useSession } from './session';

/** Where the run that is open is named while the page reloads. */
const KEY = 'linnet-open';

/** What a page that goes away leaves to the one that comes in its place, in this tab. */
interface Left {
  readonly run: string;
  /** The experiment as a link: an address that asks for another one is obeyed. */
  readonly link: string;
}

/** Remembers the open run, if it has something saved, for the page that is loaded next in this tab. */
function remember(): void {
  const { session, checkpoints } = useSession.getState();
  if (session.run === null || checkpoints.length === 0) sessionStorage.removeItem(KEY);
  else {
    const left: Left = { run: session.run.id, link: writeLink(session.run.experiment) };
    sessionStorage.setItem(KEY, JSON.stringify(left));
  }
}

/** Begins to remember which run is open when the page goes away. */
export function rememberRun(): void {
  addEventListener('pagehide', () => {
    try {
      remember();
    } catch {
      // A browser without storage begins anew; the run is in Checkpoints.
    }
  });
}

/** The run that was open in this tab before the page was loaded anew, if the address still asks for its experiment. */
export function runLeft(link: string): string | null {
  try {
    const left = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Partial<Left> | null;
    return left?.link === link && typeof left.run === 'string' ? left.run : null;
  } catch {
    return null;
  }
}
