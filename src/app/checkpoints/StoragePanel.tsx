import { TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { perform } from '../actions/action';
import { downloadLatest } from '../actions/checkpoints';
import { say, sayError } from '../state/messages';
import { refreshLists, sandbox } from '../state/sandbox';
import { useSession } from '../state/session';
import { bytesText, countText, stepText, timeText } from '../ui/numbers';
import { Pane } from '../ui/Pane';

async function askToKeep(): Promise<void> {
  const kept = await (navigator.storage?.persist?.() ?? sandbox().requestPersistence());
  await refreshLists();
  say(
    kept
      ? {
          tone: 'good',
          title: 'This browser will keep your checkpoints',
          happened: 'They go only when you bin them or clear the site’s data.',
        }
      : {
          tone: 'caution',
          title: 'The browser did not promise',
          happened: 'It may still clear storage by itself when space is short.',
          todo: 'Download what you want to keep.',
        },
  );
}

async function checkLibrary(): Promise<void> {
  try {
    const { findings = [], checkpoints } = await sandbox().checkLibrary();
    await refreshLists();
    const harmed = findings.filter(({ harm }) => harm);
    say(
      harmed.length === 0
        ? { tone: 'good', title: `${countText(checkpoints, 'checkpoint')} checked`, happened: 'Every byte is as it was saved.' }
        : {
            tone: 'broken',
            title: `${countText(harmed.length, 'finding')}`,
            happened: harmed[0]!.message,
            todo: 'Storage lists them all. Nothing was changed.',
          },
    );
  } catch (error) {
    sayError(error);
  }
}

/** What is kept, how much, whether the browser promised to keep it, and when something was last taken out as a file. */
export function StoragePanel() {
  const storage = useSession((state) => state.storage);
  const [checking, setChecking] = useState(false);
  if (storage === null) return null;
  const check = (): void => {
    setChecking(true);
    void checkLibrary().finally(() => setChecking(false));
  };
  return (
    <Pane title="Storage" meta={bytesText(storage.usedBytes)} className="storage-panel">
      <dl className="facts">
        <dt>Checkpoints</dt>
        <dd>{stepText(storage.checkpoints)}</dd>
        <dt>Kept by the browser</dt>
        <dd>{storage.persistent ? 'promised' : 'not promised'}</dd>
        <dt>Last backup</dt>
        <dd>{storage.lastBackupMs === null ? 'never' : timeText(storage.lastBackupMs)}</dd>
      </dl>
      {storage.findings !== undefined && storage.findings.length > 0 && (
        <details className="findings">
          <summary className="small">{countText(storage.findings.length, 'finding')} when the store was looked over</summary>
          <ul>
            {storage.findings.map(({ where, message, harm }) => (
              <li key={`${where} ${message}`} className={`finding small ${harm ? 'error' : 'note'}`}>
                <b className="mono">{where}</b> {message}
              </li>
            ))}
          </ul>
        </details>
      )}
      <div className="row">
        <button type="button" className="button compact" disabled={checking} onClick={check}>
          {checking ? 'Reading every byte…' : 'Check every byte'}
        </button>
      </div>
      {!storage.persistent && (
        <div className="caution-box">
          <TriangleAlert className="icon" aria-hidden="true" />
          <div>
            <p>This browser may clear storage by itself.</p>
            <div className="row">
              <button type="button" className="button compact" onClick={() => void askToKeep().catch(sayError)}>
                Ask it to keep
              </button>
              <button type="button" className="button compact" onClick={() => void perform(downloadLatest)}>
                Download
              </button>
            </div>
          </div>
        </div>
      )}
    </Pane>
  );
}
