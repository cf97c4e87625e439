import { execFileSync } from 'node:child_process';

interface ProcessLine {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

function allProcesses(): ProcessLine[] {
  const lines = execFileSync('ps', ['-axww', '-o', 'pid=,ppid=,command='], { encoding: 'utf8', maxBuffer: 1 << 26 }).split('\n');
  return lines.flatMap((line) => {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return command === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
  });
}

/** Process ids of the browser on `profile`: its main process, and those it made of one kind. */
export function browserProcesses(profile: string): {
  readonly main: number;
  readonly all: number[];
  ofType(type: 'renderer' | 'gpu-process'): number[];
} {
  const all = allProcesses();
  const main = all.find(({ command }) => command.includes(`--user-data-dir=${profile}`) && !command.includes('--type='));
  if (main === undefined) throw new Error(`No browser runs on ${profile}.`);
  const family = new Set([main.pid]);
  for (let size = 0; size !== family.size; ) {
    size = family.size;
    for (const { pid, parent } of all) if (family.has(parent)) family.add(pid);
  }
  return {
    main: main.pid,
    all: [...family],
    ofType: (type) => all.filter(({ pid, command }) => family.has(pid) && command.includes(`--type=${type}`)).map(({ pid }) => pid),
  };
}

/** Ends a process at once, as a crash or the system would; no error when it is gone already. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Whether one of these processes still runs: the helpers of a browser that was killed end a moment after it. */
export const someRun = (pids: readonly number[]): boolean =>
  allProcesses().some(({ pid, command }) => pids.includes(pid) && !command.includes('<defunct>'));

/** Seeded instants and choices: the same ones in every run. */
export function seededNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
