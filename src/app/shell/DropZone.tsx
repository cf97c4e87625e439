import { FileSearch, Table2 } from 'lucide-react';
import { useEffect, useState } from 'react';
import { droppedFiles, openFiles } from '../actions/upload';
import { sayError } from '../state/messages';

const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;

/** The whole page takes files: while one hovers, it says what will happen to it. */
export function DropZone() {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const enter = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      setOver(false);
      droppedFiles(event.dataTransfer!).then(openFiles).catch(sayError);
    };
    document.addEventListener('dragenter', enter);
    document.addEventListener('dragover', enter);
    document.addEventListener('dragleave', leave);
    document.addEventListener('drop', drop);
    return () => {
      document.removeEventListener('dragenter', enter);
      document.removeEventListener('dragover', enter);
      document.removeEventListener('dragleave', leave);
      document.removeEventListener('drop', drop);
    };
  }, []);
  if (!over) return null;
  return (
    <div className="drop-zone" aria-hidden="true">
      <p>
        <Table2 className="icon" /> A CSV table, or an npz of x and y: train on it
      </p>
      <p>
        <FileSearch className="icon" /> A checkpoint (folder, zip, safetensors, npz): look inside
      </p>
    </div>
  );
}
