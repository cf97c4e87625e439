import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { patchSession, patchSessionNow, useSession } from './session';

let frames: (() => void)[] = [];
const nextFrame = () => {
  const due = frames;
  frames = [];
  for (const frame of due) frame();
};

beforeEach(() => {
  frames = [];
  vi.stubGlobal('requestAnimationFrame', (frame: () => void) => frames.push(frame));
});
afterEach(() => void vi.unstubAllGlobals());

/** States that whoever listens was told of while `body` ran. */
function told(body: () => void): ReturnType<typeof useSession.getState>[] {
  const states: ReturnType<typeof useSession.getState>[] = [];
  const stop = useSession.subscribe((state) => states.push(state));
  body();
  stop();
  return states;
}

const at = (step: number) => ({ session: { ...useSession.getState().session, step } });

test('however much the worker says within a frame, the page commits once, the newest', () => {
  const states = told(() => {
    for (let step = 1; step <= 500; step++) patchSession(at(step));
    patchSession({ connection: 'ready' });
    nextFrame();
    nextFrame();
  });
  expect(states).toHaveLength(1);
  expect([states[0]!.session.step, states[0]!.connection]).toEqual([500, 'ready']);
});

test('over a second of frames there are as many commits as frames with news', () => {
  const states = told(() => {
    for (let frame = 0; frame < 60; frame++) {
      if (frame % 2 === 0) for (let i = 0; i < 10; i++) patchSession(at(1000 + frame));
      nextFrame();
    }
  });
  expect(states).toHaveLength(30);
});

test('an answer to what the person did is shown at once, with what had come before it', () => {
  const states = told(() => {
    patchSession(at(7));
    patchSessionNow({ connection: 'restarting' });
  });
  expect(states.at(-1)).toMatchObject({ connection: 'restarting', session: { step: 7 } });
});
