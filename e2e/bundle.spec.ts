import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DIST } from '../scripts/server.mjs';
import { expect, test } from './fixtures';

/** Most that a first visit loads before anything shows, bytes after gzip. */
const BUDGET = 250_000;

/** What `file` imports before it runs; what is imported later is not among it. */
function importsOf(file: string): string[] {
  const code = readFileSync(file, 'utf8');
  const found = [...code.matchAll(/(?:^|[;}\s])(?:import|export)\s*(?:[^'"();]*?from\s*)?["'](\.[^"']+\.js)["']/g)];
  return found.map(([, path]) => join(dirname(file), path!));
}

/** Every script that the page needs to start, from its own tags and the imports of those scripts. */
function initialScripts(): Set<string> {
  const page = readFileSync(join(DIST, 'index.html'), 'utf8');
  const waiting = [...page.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.js)"/g)].map(([, path]) => join(DIST, path!));
  const scripts = new Set<string>();
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (scripts.has(file)) continue;
    scripts.add(file);
    waiting.push(...importsOf(file));
  }
  return scripts;
}

test('the scripts that a first visit waits for are at most 250 kB after gzip, without editor, converters and data', () => {
  const scripts = [...initialScripts()];
  expect(scripts.length).toBeGreaterThan(0);
  const bytes = scripts.reduce((sum, file) => sum + gzipSync(readFileSync(file), { level: 9 }).byteLength, 0);
  console.log(`initial scripts: ${(bytes / 1000).toFixed(1)} kB after gzip in ${scripts.length} files`);
  expect(bytes).toBeLessThanOrEqual(BUDGET);
  for (const lazy of [/InspectView/, /GuideView/, /Dialogs/, /inspect-/, /digits/, /main-/]) {
    expect(scripts.filter((file) => lazy.test(file))).toEqual([]);
  }
});
