// node scripts/icons.mjs   Draws the icons of the installed app from public/favicon.svg: plain ones, and one with room for a mask.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { CHROMIUM_ARGS, findChromium } from './chromium.mjs';

const PUBLIC = join(import.meta.dirname, '..', 'public');
/** A mask may cut everything outside of a circle of 80 %: the picture stays inside of it. */
const ICONS = [
  { file: 'icon-192.png', size: 192, share: 1, ground: 'transparent' },
  { file: 'icon-512.png', size: 512, share: 1, ground: 'transparent' },
  { file: 'icon-maskable-512.png', size: 512, share: 0.62, ground: '#eef1f5' },
  { file: 'apple-touch-icon.png', size: 180, share: 0.8, ground: '#ffffff' },
];

const svg = await readFile(join(PUBLIC, 'favicon.svg'), 'utf8');
const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_ARGS });
const page = await browser.newPage();
for (const { file, size, share, ground } of ICONS) {
  await page.setViewportSize({ width: size, height: size });
  await page.setContent(
    `<style>body{margin:0;display:grid;place-items:center;height:100vh;background:${ground}}svg{width:${100 * share}%;height:${100 * share}%}</style>${svg}`,
  );
  await writeFile(join(PUBLIC, file), await page.screenshot({ omitBackground: ground === 'transparent' }));
}
await browser.close();
