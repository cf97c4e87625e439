import { useEffect, useRef } from 'react';
import type { CanvasName } from '#linnet/worker';
import { sayError } from '../state/messages';
import { sandbox } from '../state/sandbox';
import { useSession } from '../state/session';

interface WorkerCanvasProps {
  readonly name: CanvasName;
  readonly className?: string;
}

/**
 * A canvas that the worker paints, as large as its box. The element is made by hand, for a canvas can be handed over only once: each
 * worker, and each mounting, gets a new one. It is hidden from screen readers; a text stands beside it.
 */
export function WorkerCanvas({ name, className = '' }: WorkerCanvasProps) {
  const host = useRef<HTMLDivElement>(null);
  const generation = useSession((state) => state.generation);
  useEffect(() => {
    const box = host.current;
    if (generation === 0 || box === null) return;
    const canvas = document.createElement('canvas');
    canvas.setAttribute('aria-hidden', 'true');
    box.append(canvas);
    sandbox().attachCanvas(name, canvas.transferControlToOffscreen()).catch(sayError);
    const observer = new ResizeObserver(([entry]) => {
      const { width, height } = entry!.contentRect;
      sandbox().resizeCanvas(name, width, height).catch(sayError);
    });
    observer.observe(box);
    return () => {
      observer.disconnect();
      canvas.remove();
      // A worker that has ended paints nothing anyway.
      sandbox()
        .resizeCanvas(name, 0, 0)
        .catch(() => {});
    };
  }, [name, generation]);
  return <div ref={host} className={`worker-canvas ${className}`} />;
}
