import { useEffect, useState } from 'react';
import type { DisplayNode } from '#linnet/core';
import { sayError } from '../state/messages';
import { sandbox } from '../state/sandbox';
import { useSession } from '../state/session';

/** Time between two readings while the model changes, ms. */
const READ_INTERVAL_MS = 1000;

/** The model now, read again while it changes; null until the first reading is there. */
export function useModelTree(): DisplayNode | null {
  const run = useSession((state) => state.session.run?.id ?? null);
  const lookingAt = useSession((state) => state.session.lookingAt);
  const [tree, setTree] = useState<{ readonly run: string; readonly node: DisplayNode } | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: looking at another step asks for another reading
  useEffect(() => {
    if (run === null) return;
    let live = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let readAt = Number.NaN;
    const read = async () => {
      const { step } = useSession.getState().session;
      try {
        if (step !== readAt) {
          const node = await sandbox().describeModel();
          if (live) setTree({ run, node });
        }
        readAt = step;
        if (live) timer = setTimeout(() => void read(), READ_INTERVAL_MS);
      } catch (error) {
        if (live) sayError(error);
      }
    };
    void read();
    return () => {
      live = false;
      clearTimeout(timer);
    };
  }, [run, lookingAt]);
  return tree !== null && tree.run === run ? tree.node : null;
}
