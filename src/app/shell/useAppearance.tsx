import { useEffect } from 'react';
import { divergingTable, GAINS, sequentialTable } from '../charts/colorMaps';
import { sayError } from '../state/messages';
import { sandbox } from '../state/sandbox';
import { useSession } from '../state/session';
import { systemTheme, useView } from '../state/view';

/** Colour of class `i` when there are more than two: hues apart, lightness alike. The first two are the map's own ends. */
function classColors(style: CSSStyleDeclaration): string[] {
  const named = ['--flax', '--seed-mark', '--test', '--rose', '--code-keyword', '--stem', '--train', '--edge', '--seed', '--ink-2'];
  return named.map((name) => style.getPropertyValue(name).trim());
}

/** Puts the theme on the page and tells the worker the colours to paint with, whenever either changes. */
export function useAppearance(): void {
  const { theme, themeChoice, showTestPoints } = useView();
  const generation = useSession((state) => state.generation);

  useEffect(() => {
    if (themeChoice !== 'system') return;
    const follow = () => useView.setState({ theme: systemTheme() });
    const queries = ['(prefers-color-scheme: dark)', '(prefers-contrast: more)'].map((query) => matchMedia(query));
    for (const query of queries) query.addEventListener('change', follow);
    return () => {
      for (const query of queries) query.removeEventListener('change', follow);
    };
  }, [themeChoice]);

  useEffect(() => {
    document.documentElement.dataset.theme = theme;
    if (generation === 0) return;
    const style = getComputedStyle(document.documentElement);
    const ground = theme === 'light' ? 'light' : 'dark';
    sandbox()
      .setAppearance({
        diverging: divergingTable(ground),
        sequential: sequentialTable(ground),
        ink: style.getPropertyValue('--ink').trim(),
        field: style.getPropertyValue('--field').trim(),
        classColors: classColors(style),
        gain: GAINS[theme],
        devicePixelRatio: window.devicePixelRatio,
        showTestPoints,
        reducedMotion: matchMedia('(prefers-reduced-motion: reduce)').matches,
      })
      .catch(sayError);
  }, [theme, showTestPoints, generation]);
}
