const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const number = (ms) => (ms < 10 ? ms.toFixed(1) : ms.toFixed(0));
const cell = (values) =>
  values === undefined ? '–' : `${number(median(values))} (${number(Math.min(...values))} to ${number(Math.max(...values))})`;
const ratio = (values, orbax) => (values === undefined ? '–' : `${(median(values) / median(orbax)).toFixed(2)}x`);
const mebibytes = (bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

function sizeTable(label, rows) {
  const lines = Object.entries(rows).map(
    ([action, { orbax, node, chromium }]) =>
      `| ${action} | ${cell(orbax)} | ${cell(node)} | ${ratio(node, orbax)} | ${cell(chromium)} | ${ratio(chromium, orbax)} |`,
  );
  return [
    `## ${label}`,
    '',
    '| ms: median (range) | Orbax, Python | Linnet, Node | of Orbax | Linnet, Chromium, OPFS | of Orbax |',
    '|---|--:|--:|--:|--:|--:|',
    ...lines,
    '',
  ];
}

const NAMES = { orbax: 'Orbax, Python', node: 'Linnet, Node', chromium: 'Linnet, Chromium, OPFS' };

function peakTable(peak) {
  if (Object.keys(peak).length === 0) return [];
  return [
    '## 1 GB in 16 arrays: most memory beyond the data',
    '',
    'Largest resident size of the process that saves or restores (in Chromium the renderer, as Linux tells it), less what it had before, and',
    "of a restore less the data's own size. Negative: less than the program itself took while it was loaded.",
    '',
    '| | save | restore | save, ms | restore, ms |',
    '|---|--:|--:|--:|--:|',
    ...Object.entries(peak).map(
      ([name, { save, restore, saveMs, restoreMs }]) =>
        `| ${NAMES[name]} | ${mebibytes(save)} | ${mebibytes(restore)} | ${number(saveMs)} | ${number(restoreMs)} |`,
    ),
    '',
  ];
}

/** The results as Markdown. */
export function render({ date, cpu, load, sizes, peak }) {
  return [
    '# Checkpoints beside real Orbax',
    '',
    `${date.slice(0, 10)}, ${cpu}, load ${load.toFixed(1)} at the start. Repeat it with \`node bench/checkpoint/run.mjs\`;`,
    'it needs a Python for `requirements-new.txt` and writes this file.',
    '',
    'float32 weights, saved and restored with default options by each; in turns, in one run, on one disk, files in the page cache. Orbax',
    "and Chromium ask the disk to sync, Node does not. Restores end in main memory. Orbax packs with zstd, which Linnet's files skip:",
    'they hold the numbers as they are, in zstd frames with a checksum, which Linnet computes while it saves and checks while it restores.',
    "Orbax's own frames are unpacked on one thread in JavaScript here, on many threads in native code there.",
    '',
    ...Object.entries(sizes).flatMap(([label, rows]) => sizeTable(label, rows)),
    ...peakTable(peak),
  ].join('\n');
}
