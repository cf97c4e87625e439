import type { BrowserContext, Page } from '@playwright/test';
import type { SandboxApi } from '../src/worker/protocol';
import { type Browser, expect, test } from './fixtures';
import { ready } from './page';
import { browserProcesses, kill, seededNumbers, someRun } from './processes';
import { serveStorePage } from './store/site';

const LONG = process.env.LINNET_SOAK === '1';
declare const linnet: SandboxApi;

const BROWSER_KILLS = LONG ? 500 : 20;
/** Kills of a browser whose page is watched for what it says. */
const WATCHED_KILLS = LONG ? 100 : 4;
/** Of each kind of death that leaves the browser alive. */
const OTHER_ENDS = { renderer: 10, worker: 15, tab: 10, reload: 5 } as const;
const ROUNDS = LONG ? 25 : 1;
/** A death comes this long after the first saves at most, ms: some twenty saves are made in that time. */
const LONGEST_WAIT_MS = 100;
const KEPT = 6;

type Ending = 'browser' | keyof typeof OTHER_ENDS;

/** Whether the page that hears of saves ends before the worker that makes them. */
const isDeafFirst = (ending: Ending): boolean => ending === 'tab' || ending === 'reload';

let site: Awaited<ReturnType<typeof serveStorePage>>;
test.beforeAll(async () => {
  site = await serveStorePage();
});
test.afterAll(() => site.close());

/** A library whose tab dies again and again. What it must hold is what it said was saved. */
class Life {
  readonly #browser: Browser;
  readonly #random: () => number;
  readonly #acknowledged = new Set<number>();
  #context: BrowserContext | null = null;
  #page: Page | null = null;
  #deaths = 0;
  /** How many deaths fell before the commit of the save under way; the others fell between its commit and its "saved". */
  beforeCommit = 0;
  saved = 0;

  constructor(browser: Browser, seed: number) {
    this.#browser = browser;
    this.#random = seededNumbers(seed);
  }

  async #open(): Promise<Page> {
    if (this.#context === null) {
      this.#context = await this.#browser.open({ webgpu: false });
      await this.#context.exposeFunction('acknowledged', (_run: string, step: number) => {
        this.#acknowledged.add(step);
        this.saved++;
      });
    }
    const page = this.#page ?? this.#context.pages().find((candidate) => !candidate.isClosed()) ?? (await this.#context.newPage());
    await page.goto(site.url);
    await page.waitForFunction(() => 'ask' in globalThis);
    const opened = await page.evaluate(() => ask({ do: 'open', name: 'kills', oldAfterMs: 0 }));
    // A database that the browser gave up for lost comes back whole.
    expect(opened?.message ?? opened?.lost ?? [], `opening after death ${this.#deaths}`).toEqual([]);
    this.#page = page;
    return page;
  }

  /** Saves, dies in the middle of it, comes back and looks. */
  async dieBy(ending: Ending): Promise<void> {
    const page = await this.#open();
    const first = ++this.#deaths * 1000;
    const before = this.saved;
    await page.evaluate((from) => saveOn('run', from), first);
    await expect.poll(() => this.saved, { intervals: [2] }).toBeGreaterThan(before);
    await new Promise((resolve) => setTimeout(resolve, this.#random() * LONGEST_WAIT_MS));
    await this.#end(ending, page);
    await this.#look(ending);
  }

  async #end(ending: Ending, page: Page): Promise<void> {
    if (ending === 'worker') return page.evaluate(() => endWorker());
    if (ending === 'reload') return void (await page.reload());
    if (ending === 'tab') {
      // A browser whose last tab is closed may end itself.
      const spare = await this.#context!.newPage();
      await page.close();
      this.#page = spare;
      return;
    }
    const context = this.#context!;
    const processes = browserProcesses(this.#browser.profile);
    const gone = ending === 'browser' ? new Promise((resolve) => context.once('close', resolve)) : page.waitForEvent('crash');
    for (const pid of ending === 'browser' ? [processes.main] : processes.ofType('renderer')) kill(pid);
    await gone;
    // The next visit comes when nothing of the killed browser holds its files any more.
    if (ending === 'browser') await expect.poll(() => someRun(processes.all), { timeout: 20_000 }).toBe(false);
    // Repeated crashes of renderers can end a headless browser: each gets a fresh one.
    if (ending === 'renderer') await context.close();
    this.#context = null;
    this.#page = null;
  }

  /** Every step that was called saved is there and is as it was saved; nothing is half there. */
  async #look(ending: Ending): Promise<void> {
    const page = await this.#open();
    const what = `after death ${this.#deaths} (${ending})`;
    const listed: number[] = await page.evaluate(() => ask({ do: 'list', run: 'run' }));
    for (const step of this.#acknowledged) expect(listed, what).toContain(step);
    // What is there without having been acknowledged was committed in the instant of death: the one under way. A page that closes is deaf
    // before its worker ends, which may get some further meanwhile.
    const surplus = listed.filter((step) => !this.#acknowledged.has(step));
    if (isDeafFirst(ending)) expect(surplus, what).toEqual(surplus.map((_, i) => Math.max(...this.#acknowledged) + 1 + i));
    else expect(surplus.length, what).toBeLessThanOrEqual(1);
    if (surplus.length === 0) this.beforeCommit++;
    expect(await page.evaluate(() => ask({ do: 'scan' })), what).toEqual([]);
    const old = listed.slice(0, -KEPT);
    await page.evaluate((steps) => ask({ do: 'discard', run: 'run', steps }), old);
    for (const step of [...old, ...surplus]) this.#acknowledged.delete(step);
    for (const step of surplus) if (!old.includes(step)) this.#acknowledged.add(step);
  }

  async usage(): Promise<{ slots: number; freeSlots: number; fileRows: number; steps: number }> {
    return this.#page!.evaluate(() => ask({ do: 'usage' }));
  }
}

test(`${BROWSER_KILLS} kills of the browser in the middle of saving lose no acknowledged save`, async ({ browserOnDisk }) => {
  test.setTimeout(LONG ? 3_600_000 : 240_000);
  const life = new Life(browserOnDisk, 1);
  for (let i = 0; i < BROWSER_KILLS; i++) await life.dieBy('browser');
  expect(life.saved).toBeGreaterThan(BROWSER_KILLS);
  expect(life.beforeCommit).toBeGreaterThan(BROWSER_KILLS / 4);
  const { slots, freeSlots, fileRows } = await life.usage();
  expect(slots - freeSlots, 'slots in use').toBeGreaterThan(0);
  expect(fileRows, 'files in the catalogue').toBeGreaterThan(0);
});

test('kills of renderers, ends of workers, closed tabs and reloads in the middle of saving lose no acknowledged save', async ({
  browserOnDisk,
}) => {
  test.setTimeout(LONG ? 3_600_000 : 240_000);
  const life = new Life(browserOnDisk, 2);
  for (let round = 0; round < ROUNDS; round++)
    for (const [ending, count] of Object.entries(OTHER_ENDS) as [keyof typeof OTHER_ENDS, number][])
      for (let i = 0; i < count; i++) await life.dieBy(ending);
  const { slots, freeSlots } = await life.usage();
  expect(slots - freeSlots, 'slots in use').toBeGreaterThan(0);
});

/** Tells `said` each step that the page calls saved, in the moment in which it does. */
const listenToPage = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const { said } = globalThis as unknown as { said(step: number): void };
    const look = (): void => {
      const [, step] =
        /^Saved (?:in this browser )?at ([\d,]+), verified/.exec(document.querySelector('.save-text')?.textContent ?? '') ?? [];
      if (step !== undefined) said(Number(step.replaceAll(',', '')));
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
  });

/** Trains step by step and saves each of them, until something ends the page. */
const saveEveryStep = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const next = async (): Promise<void> => {
      await linnet.step(1);
      await linnet.save();
      await next();
    };
    void next();
  });

test(`what the page called saved is there after each of ${WATCHED_KILLS} kills of the browser`, async ({ site, browserOnDisk }) => {
  test.setTimeout(LONG ? 3_600_000 : 240_000);
  const random = seededNumbers(3);
  const said = new Map<string, Set<number>>();
  const visit = async (): Promise<{ page: Page; run: string }> => {
    const context = await browserOnDisk.open();
    let run = '';
    await context.exposeFunction('said', (step: number) => said.get(run)?.add(step));
    const page = context.pages()[0] ?? (await context.newPage());
    await page.goto(site.url);
    await ready(page);
    const saved: Record<string, number[]> = await page.evaluate(async () => {
      const runs = await linnet.listRuns();
      const steps = runs.map(async ({ run: { id } }) => [id, (await linnet.listCheckpoints(id)).map(({ step }) => step)] as const);
      return Object.fromEntries(await Promise.all(steps));
    });
    for (const [id, steps] of said) expect(saved[id], `run ${id}`).toEqual(expect.arrayContaining([...steps]));
    run = await page.evaluate(async () => (await linnet.reset()).id);
    said.set(run, new Set());
    return { page, run };
  };
  for (let death = 1; death <= WATCHED_KILLS; death++) {
    const { page, run } = await visit();
    await listenToPage(page);
    await saveEveryStep(page);
    await expect.poll(() => said.get(run)?.size, { intervals: [2], timeout: 30_000 }).toBeGreaterThan(2);
    await new Promise((resolve) => setTimeout(resolve, random() * LONGEST_WAIT_MS));
    const processes = browserProcesses(browserOnDisk.profile);
    const gone = new Promise((resolve) => page.context().once('close', resolve));
    kill(processes.main);
    await gone;
    await expect.poll(() => someRun(processes.all), { timeout: 20_000 }).toBe(false);
  }
  await visit();
  expect(said.size).toBe(WATCHED_KILLS + 1);
});
