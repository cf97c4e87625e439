import '../styles';
import { createRoot, type Root } from 'react-dom/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { type ErrorKind, LinnetError, type Problem } from '#linnet/core';
import { ADVICE } from '../state/advice';
import { sayError, useMessages } from '../state/messages';
import { patchSessionNow, useSession } from '../state/session';
import { Messages } from './Messages';
import { ProblemBanner } from './ProblemBanner';

const KINDS = Object.keys(ADVICE) as ErrorKind[];
const HAPPENED = 'Attempted this with linear1.kernel, found float32[4, 9] and expected float32[4, 4].';

let root: Root;
beforeAll(() => {
  document.documentElement.dataset.theme = 'light';
  const place = document.body.appendChild(document.createElement('div'));
  root = createRoot(place);
  root.render(
    <>
      <Messages />
      <ProblemBanner place="top" />
    </>,
  );
});
afterAll(() => root.unmount());

/** What of the texts inside `element` is cut off, or lies outside of the window. */
function cutOff(element: Element): string[] {
  const { left, right } = element.getBoundingClientRect();
  const outside = left < 0 || right > innerWidth + 0.5 ? ['the whole'] : [];
  const clipped = [...element.querySelectorAll('p, dd, h2, button')].filter(
    ({ scrollWidth, clientWidth }) => scrollWidth > clientWidth + 1,
  );
  return [...outside, ...clipped.map(({ textContent }) => textContent ?? '')];
}

/** Pictures taken so far: no two kinds look the same. */
const pictures = new Map<string, string>();

async function picture(name: string, element: Element): Promise<void> {
  const { base64 } = await page.screenshot({ element, base64: true });
  expect(pictures.get(base64), `${name} looks the same`).toBeUndefined();
  pictures.set(base64, name);
}

describe.each([
  [1280, 800],
  [360, 640],
])('at %i x %i', (width, height) => {
  beforeAll(() => page.viewport(width, height));

  test.each(KINDS)('%s: the message says what happened, what is safe and what to do', async (kind) => {
    useMessages.setState({ list: [] });
    sayError(new LinnetError(kind, HAPPENED));
    await expect.poll(() => document.querySelectorAll('.message').length).toBe(1);
    const card = document.querySelector('.message')!;
    const { title, safe, todo } = ADVICE[kind];
    for (const words of [title, HAPPENED, safe, todo]) expect(card.textContent).toContain(words);
    expect(card.textContent).not.toMatch(/Error\b|undefined|\bat .*\.[jt]s/);
    expect(document.querySelector('[role=alert]')!.textContent).toContain(todo);
    expect(cutOff(card)).toEqual([]);
    await picture(`${kind}, message, ${width}`, card);
  });

  test.each(KINDS)('%s: the banner has the same three parts, and a way on', async (kind) => {
    const { safe, todo } = ADVICE[kind];
    const problem: Problem = { kind, message: HAPPENED, safe, todo, actions: ['retrySave', 'reload', 'dismiss'] };
    patchSessionNow({ session: { ...useSession.getState().session, problem } });
    await expect.poll(() => document.querySelector('.problem')?.textContent).toContain(ADVICE[kind].title);
    const banner = document.querySelector('.problem')!;
    expect([...banner.querySelectorAll('dt')].map(({ textContent }) => textContent)).toEqual([
      'What happened',
      'What is safe',
      'What to do',
    ]);
    expect([...banner.querySelectorAll('dd')].map(({ textContent }) => textContent)).toEqual([HAPPENED, safe, todo]);
    expect(banner.querySelectorAll('button').length).toBeGreaterThan(1);
    expect(cutOff(banner)).toEqual([]);
    await picture(`${kind}, banner, ${width}`, banner);
  });
});
