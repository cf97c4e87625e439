/**
 * Runs everything: types, lint, unused code, layers, unit, browser, end-to-end and interop tests.
 * Finds or installs a browser first, and ends with the sum of all suites as `N passed, N failed, N skipped`.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findOrInstallChromium } from './chromium.mjs';

const strict = process.env.CI === 'true';
const reports = mkdtempSync(join(tmpdir(), 'linnet-reports-'));
const only = process.argv.slice(2);

/** Runs a command with its output shown; resolves to exit code and what it printed. */
function run(command, args, env = {}) {
  return new Promise((done) => {
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const show = (chunk) => {
      output += chunk;
      process.stdout.write(chunk);
    };
    child.stdout.on('data', show);
    child.stderr.on('data', show);
    child.on('error', (error) => {
      show(`${error.message}\n`);
      done({ code: 127, output });
    });
    child.on('close', (code) => done({ code: code ?? 1, output }));
  });
}

/** A check that passes or fails as a whole. */
const whole = (command, args) => async () => {
  const { code } = await run(command, args);
  return code === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
};

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Counts of a run whose report may be missing: a crash of the runner counts as one failure. */
const counted = (code, counts) => {
  if (!counts) return { passed: 0, failed: 1, skipped: 0 };
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
};

const vitest = (project) => async () => {
  const file = join(reports, `${project}.json`);
  const { code } = await run('npx', [
    'vitest',
    'run',
    '--project',
    project,
    '--reporter=dot',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ]);
  const report = readReport(file);
  return counted(
    code,
    report && { passed: report.numPassedTests, failed: report.numFailedTests, skipped: report.numPendingTests + report.numTodoTests },
  );
};

const playwright = () => async () => {
  const file = join(reports, 'e2e.json');
  const { code } = await run('npx', ['playwright', 'test'], { LINNET_REPORT: file });
  const stats = readReport(file)?.stats;
  return counted(code, stats && { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped });
};

const CLOSING_LINE = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm;

const interop = () => async () => {
  const { code, output } = await run('node', ['interop/run.mjs']);
  const last = [...output.matchAll(CLOSING_LINE)].at(-1);
  return counted(code, last && { passed: Number(last[1]), failed: Number(last[2]), skipped: Number(last[3] ?? 0) });
};

const browser = () => async () => {
  const path = findOrInstallChromium();
  if (path) {
    process.env.LINNET_CHROMIUM = path;
    return { passed: 1, failed: 0, skipped: 0 };
  }
  console.log('No Chromium was found or could be installed. Install Chrome or Chromium, or set LINNET_CHROMIUM to its path.');
  return { passed: 0, failed: strict ? 1 : 0, skipped: strict ? 0 : 1 };
};

const SUITES = {
  browser: browser(),
  types: whole('npm', ['run', '--silent', 'types']),
  lint: whole('npm', ['run', '--silent', 'lint']),
  unused: whole('npm', ['run', '--silent', 'unused']),
  build: whole('npm', ['run', '--silent', 'build']),
  unit: vitest('node'),
  gpu: vitest('browser'),
  e2e: playwright(),
  interop: interop(),
};
const NEEDS_BROWSER = new Set(['gpu', 'e2e']);

const total = { passed: 0, failed: 0, skipped: 0 };
const lines = [];
for (const [name, suite] of Object.entries(SUITES)) {
  if (only.length > 0 && !only.includes(name) && name !== 'browser') continue;
  if (NEEDS_BROWSER.has(name) && !process.env.LINNET_CHROMIUM) {
    lines.push(`${name}: skipped, there is no browser`);
    total[strict ? 'failed' : 'skipped'] += 1;
    continue;
  }
  console.log(`\n── ${name} ${'─'.repeat(60 - name.length)}`);
  const started = Date.now();
  const counts = await suite();
  for (const key of Object.keys(total)) total[key] += counts[key];
  lines.push(
    `${name.padEnd(8)} ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped  (${((Date.now() - started) / 1000).toFixed(1)} s)`,
  );
}
rmSync(reports, { recursive: true, force: true });
console.log(`\n${lines.map((line) => `  ${line}`).join('\n')}\n`);
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
process.exit(total.failed > 0 ? 1 : 0);
