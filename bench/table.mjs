const LABELS = {
  linnet: 'Linnet',
  jaxWebgpu: 'jax-js WebGPU',
  tfWebgpu: 'TF.js WebGPU',
  jaxWasm: 'jax-js wasm',
  tfWasm: 'TF.js wasm',
  tfCpu: 'TF.js CPU',
};
const NETS = { tiny: '2-8-8-2, batch 32', mnist: '784-256-128-10, batch 128', wide: '1024-1024-1024-10, batch 256' };

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

const short = (value) => (value >= 100 ? Math.round(value).toLocaleString('en') : Number(value.toPrecision(3)).toString());

/** `median [lowest – highest]`. */
const spread = (values) => `${short(median(values))} [${short(Math.min(...values))} – ${short(Math.max(...values))}]`;

function rateTable(title, rows, unit) {
  const own = rows.linnet;
  const lines = [
    `### ${title}`,
    '',
    `| | ${unit} per second | per CPU second | Linnet is (wall) | Linnet is (CPU) |`,
    '|---|--:|--:|--:|--:|',
  ];
  for (const [name, runs] of Object.entries(rows)) {
    const [wall, cpu] = ['perSecond', 'perCpuSecond'].map((key) => runs.map((run) => run[key]));
    const ratio = (key, values) => (name === 'linnet' || !own ? '' : `${short(median(own.map((run) => run[key])) / median(values))}×`);
    lines.push(`| ${LABELS[name]} | ${spread(wall)} | ${spread(cpu)} | ${ratio('perSecond', wall)} | ${ratio('perCpuSecond', cpu)} |`);
  }
  return lines.join('\n');
}

/** What the figures of a machine without a GPU are bound by. */
const LIMITS = `### What limits Linnet

On a software adapter every load costs index arithmetic and checks, so kernels are bound by loads, not by arithmetic; SIMD in WebAssembly has neither and is faster on large nets and products than any WebGPU engine there. Size: arrays carry operations as methods, and every primitive is in the table with its shape, gradient and batching rules, whether a program uses it or not.`;

const kilobytes = (bytes) => (bytes / 1024).toFixed(1);

/** What the sizes count, and what they leave out. */
function aboutSizes({ linnet, tfWebgpu }) {
  const ratio = (key) => (linnet[key] / tfWebgpu[key]).toFixed(2);
  return `Size is all the JavaScript that a contender loads to train and multiply, minified, after gzip: bundled by Vite, as this project's site is (Linnet is ${ratio('vite')}× TF.js WebGPU), and by esbuild, which bundles the contenders that run here (${ratio('esbuild')}×; it keeps every function of a namespace such as \`jnp\` that is exported anew, also those that nobody calls). Linnet's CPU backend is loaded when it is used: ${kilobytes(linnet.notLoaded)} KB more.`;
}

/** The results of a run as a page of tables. */
export function renderResults(results) {
  const parts = [
    '# Engine bench',
    `Written by \`npm run bench\` on ${results.date.slice(0, 10)}: ${results.cpu}, load ${results.load.toFixed(1)} at the start, ${results.where}, WebGPU on ${results.adapter}. All contenders run side by side, taking turns; medians with ranges. On a shared machine the wall rates swing, the rates per CPU second of the processes that compute swing less. Every contender trains the same net from the same numbers with Adam. To repeat: \`npm run bench\` (about ten minutes; \`-- --rounds 5 --nets tiny\` for more rounds of fewer nets).`,
  ];
  for (const [net, rows] of Object.entries(results.train)) parts.push(rateTable(`Training ${NETS[net]}`, rows, 'steps'));
  for (const [n, rows] of Object.entries(results.matmul)) {
    parts.push(rateTable(`Matrix product ${n} × ${n}`, rows, 'GFLOP'));
    const rates = rows.linnet?.map((run) => run.perSecond);
    if (results.peak && rates)
      parts.push(
        `Linnet reaches ${short((100 * median(rates)) / results.peak)} % of the float32 peak of ${short(results.peak)} GFLOP per second.`,
      );
  }
  const names = Object.keys(results.sizes);
  const first = [
    '### From nothing compiled to the first loss, ms (CPU s), and size',
    '',
    `| | ${Object.keys(results.first).join(' | ')} | gzip KB | by esbuild |`,
    `|---|${'--:|'.repeat(Object.keys(results.first).length + 2)}`,
  ];
  for (const name of names) {
    const cells = Object.values(results.first).map((row) =>
      row[name] ? `${Math.round(row[name].ms)} (${row[name].cpuSeconds.toFixed(1)})` : '-',
    );
    first.push(
      `| ${LABELS[name]} | ${cells.join(' | ')} | ${kilobytes(results.sizes[name].vite)} | ${kilobytes(results.sizes[name].esbuild)} |`,
    );
  }
  parts.push(first.join('\n'), aboutSizes(results.sizes));
  const counts = [
    '### WebGPU calls per step, once settled',
    '',
    '| | net | dispatches | submits | new bind groups | new buffers | writes |',
    '|---|---|--:|--:|--:|--:|--:|',
  ];
  for (const [net, rows] of Object.entries(results.counts)) {
    for (const [name, row] of Object.entries(rows)) {
      if (!row.dispatchWorkgroups) continue;
      const keys = ['dispatchWorkgroups', 'submit', 'createBindGroup', 'createBuffer', 'writeBuffer'];
      counts.push(`| ${LABELS[name]} | ${net} | ${keys.map((key) => Number((row[key] ?? 0).toPrecision(3))).join(' | ')} |`);
    }
  }
  parts.push(counts.join('\n'), LIMITS);
  return `${parts.join('\n\n')}\n`;
}
