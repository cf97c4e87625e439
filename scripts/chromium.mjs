import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chromium } from 'playwright';

/** Flags that every headless Chromium of the tests gets: WebGPU through a software adapter where there is no GPU, and no background traffic. */
export const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const INSTALLED = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const MAC = ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium'];

function onPath(name) {
  try {
    return execFileSync('which', [name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Path of a Chromium to test with, or undefined: `LINNET_CHROMIUM`, Playwright's own, then an installed one. */
export function findChromium() {
  const named = process.env.LINNET_CHROMIUM;
  if (named) {
    if (!existsSync(named)) throw new Error(`LINNET_CHROMIUM is ${named}, which does not exist.`);
    return named;
  }
  const own = chromium.executablePath();
  if (own && existsSync(own)) return own;
  for (const name of INSTALLED) {
    const found = onPath(name);
    if (found) return found;
  }
  return MAC.find((path) => existsSync(path));
}

function attempt(command, args) {
  try {
    execFileSync(command, args, { stdio: 'inherit' });
    return true;
  } catch {
    return false;
  }
}

/** Like `findChromium`, but installs one when there is none: Debian's as root, else Playwright's. */
export function findOrInstallChromium() {
  const found = findChromium();
  if (found) return found;
  if (process.getuid?.() === 0 && onPath('apt-get')) {
    console.log('No Chromium found; installing the distribution package.');
    attempt('apt-get', ['update']);
    attempt('apt-get', ['install', '-y', 'chromium']);
    const installed = findChromium();
    if (installed) return installed;
  }
  console.log("No Chromium found; installing Playwright's.");
  attempt('npx', ['playwright', 'install', 'chromium']);
  return findChromium();
}
