const sorted = (list) => [...list].sort((a, b) => a - b);
const median = (list) => sorted(list)[Math.floor(list.length / 2)];
const short = (value) => (value >= 100 ? Math.round(value).toLocaleString('en') : Number(value.toPrecision(2)).toString());
/** `median [lowest – highest]`. */
const spread = (list) => `${short(median(list))} [${short(Math.min(...list))} – ${short(Math.max(...list))}]`;
const percent = (part, whole) => `${Math.round((100 * part) / whole)} %`;

/** Raw time over our time, round by round, so that a busy minute harms both. */
function share(raw, own) {
  const shares = own.map((ms, i) => (100 * raw[i]) / ms);
  return `${Math.round(median(shares))} % [${Math.round(Math.min(...shares))} – ${Math.round(Math.max(...shares))}]`;
}

function placeTable(place, timings) {
  const lines = [`### ${place}`, '', '| 64 MiB | ms: median [range] | of raw |', '|---|--:|--:|'];
  for (const [what, list] of Object.entries(timings)) {
    const raw = / save/.test(what) ? timings['raw write'] : / restore/.test(what) ? timings['raw read'] : undefined;
    lines.push(`| ${what.replace(/^ +/, '– ')} | ${spread(list)} | ${raw ? share(raw, list) : ''} |`);
  }
  return lines.join('\n');
}

function pauseTable(pauses) {
  const kinds = [...new Set(pauses.map(({ what }) => what))];
  const lines = ['| while | takes, ms | longest pause of the thread, ms |', '|---|--:|--:|'];
  for (const kind of kinds) {
    const rounds = pauses.filter(({ what }) => what === kind);
    lines.push(`| ${kind} | ${spread(rounds.map(({ ms }) => ms))} | ${spread(rounds.map(({ longestPauseMs }) => longestPauseMs))} |`);
  }
  return lines.join('\n');
}

function rateLine({ without, withSaves, saves }) {
  const ratios = withSaves.map((rate, i) => rate / without[i]);
  return `Steps per second of 64-256-128-10, batch 128: ${spread(without)} without saves, ${spread(withSaves)} with one every 100 steps (${saves} saves), pair by pair ${spread(ratios)} of it.`;
}

function limits({ storage }) {
  const [crc, sha] = ['CRC-32C', 'SHA-256, blocks of 1 MiB'].map((what) => median(storage.processor[what]));
  const { OPFS: opfs } = storage;
  const [write, read] = [median(opfs['raw write']), median(opfs['raw read'])];
  return `A save sums up every byte twice (CRC-32C to find damage at each read, SHA-256 to name the content), writes it, syncs, reads it back and compares it; a restore checks the CRC-32C of every byte, and the checksum inside every chunk that Orbax checks too. Pages have no instruction for CRC-32C, and the page's policy forbids WebAssembly: JavaScript takes ${short(crc)} ms for 64 MiB. The platform's SHA-256 takes ${short(sha)} ms, on the calling thread; it copies its input into fresh memory first. Raw OPFS takes ${short(write)} ms to write and ${short(read)} ms to read, so the sums alone keep a save below ${percent(write, write + crc + sha)} and a restore below ${percent(read, read + crc)} of raw there, however little the rest takes.`;
}

/** The whole report. */
export function render(figures) {
  const { date, cpus, loadBefore, loadAfter, storage, pauses, rates } = figures;
  const { processor, ...places } = storage;
  return `# Storage bench

Written by \`npm run bench:storage\` on ${date.slice(0, 10)}: ${cpus.length} × ${cpus[0].model}, load ${loadBefore.toFixed(1)} before and ${loadAfter.toFixed(1)} after, headless Chromium with its profile on disk. Five rounds, raw and Linnet in turns; a share is that of one round, so that a busy minute harms both sides. *Raw write* is one \`write\` and \`flush\` of a file made before, or one strict transaction with a Blob; *raw read* gives the bytes in memory of their own. *Library*: one file, committed and confirmed. *Checkpoint*: 16 float32 arrays to Orbax's files in the library, and back to arrays. The lines below a save are where it spends its time.

${Object.entries(places)
  .map(([place, timings]) => placeTable(place, timings))
  .join('\n\n')}

### What the processor takes

${Object.entries(processor)
  .map(([what, list]) => `* ${what}, 64 MiB: ${spread(list)} ms`)
  .join('\n')}

### A save of 64 MiB, as the thread that trains feels it

${pauseTable(pauses)}

${rateLine(rates)}

### What limits it

${limits(figures)}
`;
}
