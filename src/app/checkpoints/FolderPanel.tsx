import { FolderOpen } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { FolderInfo } from '#linnet/core';
import { stepInView } from '../actions/checkpoints';
import { allowFolder, chooseFolder, copySaves, forgetFolder, openFromFolder, useFolders, writeTo } from '../actions/folders';
import { sayError } from '../state/messages';
import { useSession } from '../state/session';
import { Check } from '../ui/Check';
import { bytesText, stepText } from '../ui/numbers';
import { Pane } from '../ui/Pane';

const SHOWN_STEPS = 20;

function Folder({ folder, step }: { readonly folder: FolderInfo; readonly step: number | null }) {
  const { name, permission } = folder;
  const steps = useFolders((state) => state.steps[name] ?? []);
  const copied = useFolders((state) => state.copyInto === name);
  return (
    <li className="folder">
      <p className="row">
        <FolderOpen className="icon" aria-hidden="true" />
        <strong className="ellipsis grow">{name}</strong>
        <button type="button" className="button ghost compact" onClick={() => void forgetFolder(name).catch(sayError)}>
          Forget
        </button>
      </p>
      {permission !== 'granted' ? (
        <button type="button" className="button compact" onClick={() => void allowFolder(folder).catch(sayError)}>
          Allow it in this visit
        </button>
      ) : (
        <>
          <div className="row">
            <button
              type="button"
              className="button compact"
              disabled={step === null}
              onClick={() => void writeTo(name, step!).catch(sayError)}
            >
              {step === null ? 'Nothing saved to write' : `Write step ${stepText(step)}`}
            </button>
          </div>
          <Check label="write what I save by hand here too" checked={copied} onChange={(on) => copySaves(on ? name : null)} />
          <ul aria-label={`Checkpoints in ${name}`}>
            {steps.slice(0, SHOWN_STEPS).map(({ path, byteLength }) => (
              <li key={path} className="row small">
                <span className="mono ellipsis grow">{path}</span>
                <span className="quiet num">{bytesText(byteLength)}</span>
                <button
                  type="button"
                  className="button ghost compact"
                  aria-label={`Open ${path}`}
                  onClick={() => void openFromFolder(name, path).catch(sayError)}
                >
                  Open
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </li>
  );
}

/** Folders of this computer as places for checkpoints, where the browser can write into them; elsewhere there is the zip. */
export function FolderPanel() {
  const folders = useFolders((state) => state.list);
  const checkpoints = useSession((state) => state.checkpoints);
  const [canPick] = useState(() => 'showDirectoryPicker' in globalThis);
  const refresh = useFolders((state) => state.refresh);
  useEffect(() => {
    refresh().catch(sayError);
  }, [refresh]);
  const step = checkpoints.length === 0 ? null : stepInView();
  return (
    <Pane title="Folders" className="folder-panel">
      {!canPick && <p className="quiet small pane-note">This browser cannot write into folders: Export gives a zip of the same files.</p>}
      {folders.length > 0 && (
        <ul>
          {folders.map((folder) => (
            <Folder key={folder.name} folder={folder} step={step} />
          ))}
        </ul>
      )}
      {canPick && (
        <div className="row">
          <button type="button" className="button compact" onClick={() => void chooseFolder().catch(sayError)}>
            Choose a folder
          </button>
        </div>
      )}
    </Pane>
  );
}
