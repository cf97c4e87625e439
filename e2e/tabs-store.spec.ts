import type { BrowserContext, Page } from '@playwright/test';
import { expect, test } from './fixtures';
import { seededNumbers } from './processes';
import { serveStorePage } from './store/site';

/** Operations of each number of tabs: 100 together, or as many thousands where there is time. */
const OPERATIONS = { 2: 30, 3: 30, 8: 40 } as const;
const LONGER = process.env.LINNET_SOAK === '1' ? 100 : 1;

let site: Awaited<ReturnType<typeof serveStorePage>>;
test.beforeAll(async () => {
  site = await serveStorePage();
});
test.afterAll(() => site.close());

/** What may be found of a step afterwards: a tab that was closed under way may have done it or not. */
type Fate = 'there' | 'gone' | 'either';

/** Several real tabs on one library, and a plain map of what they were told. */
class Tabs {
  readonly #context: BrowserContext;
  readonly #random: () => number;
  readonly #pages: Page[] = [];
  readonly #fates = new Map<number, Fate>();
  readonly #binned = new Map<number, string>();
  #holder: number | null = null;
  #lastStep = 0;

  constructor(context: BrowserContext, seed: number) {
    this.#context = context;
    this.#random = seededNumbers(seed);
  }

  async open(tab: number): Promise<void> {
    const page = await this.#context.newPage();
    await page.goto(site.url);
    await page.waitForFunction(() => 'ask' in globalThis);
    await page.evaluate(() => ask({ do: 'open', name: 'tabs', oldAfterMs: 0 }));
    this.#pages[tab] = page;
  }

  #ask(tab: number, call: Parameters<typeof ask>[0]): Promise<any> {
    return this.#pages[tab]!.evaluate((what) => ask(what), call);
  }

  async save(tab: number): Promise<void> {
    const step = ++this.#lastStep;
    this.#fates.set(step, 'either');
    const answer = await this.#ask(tab, { do: 'save', run: 'run', step, byteLength: step % 2 ? 120_000 : 1000 });
    expect(answer.kind, `${answer.message}`).toBe('manual');
    this.#fates.set(step, 'there');
  }

  /** A tab that is closed while it saves. */
  async closeInMidSave(tab: number): Promise<void> {
    const saving = this.save(tab).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, this.#random() * 30));
    await this.#pages[tab]!.close();
    await saving;
    if (this.#holder === tab) this.#holder = null;
    await this.open(tab);
  }

  async discard(tab: number, step: number): Promise<void> {
    expect(await this.#ask(tab, { do: 'discard', run: 'run', steps: [step] })).toBeUndefined();
    this.#fates.set(step, 'gone');
  }

  /** Into the bin, and what another tab put there out of it. */
  async bin(tab: number, step: number): Promise<void> {
    this.#binned.set(step, await this.#ask(tab, { do: 'bin', run: 'run', step }));
    this.#fates.set(step, 'gone');
  }

  async bringBack(tab: number): Promise<void> {
    const [step, entry] = this.#binned.entries().next().value ?? [];
    if (step === undefined) return this.save(tab);
    this.#binned.delete(step);
    expect(await this.#ask(tab, { do: 'restoreFromBin', entry: entry! })).toBeUndefined();
    this.#fates.set(step, 'there');
  }

  /** Every tab asks for the run's lock at once: one gets it, and it is the one that has it. */
  async allWantToTrain(): Promise<void> {
    const got = await Promise.all(this.#pages.map((_, tab) => this.#ask(tab, { do: 'hold', run: 'run' })));
    expect(got.filter(Boolean)).toHaveLength(1);
    if (this.#holder !== null) expect(got.indexOf(true)).toBe(this.#holder);
    this.#holder = got.indexOf(true);
    if (this.#random() < 0.5) return;
    await this.#ask(this.#holder, { do: 'release', run: 'run' });
    this.#holder = null;
  }

  async check(): Promise<void> {
    for (const tab of this.#pages.keys()) {
      const listed: number[] = await this.#ask(tab, { do: 'list', run: 'run' });
      for (const [step, fate] of this.#fates) {
        if (fate === 'there') expect(listed, `tab ${tab}`).toContain(step);
        if (fate === 'gone') expect(listed, `tab ${tab}`).not.toContain(step);
      }
      for (const step of listed) expect(this.#fates.has(step), `step ${step} that nobody saved`).toBe(true);
    }
    expect(await this.#ask(0, { do: 'scan' })).toEqual([]);
  }

  /** Every tab does something at once, each with a step of its own. */
  async round(): Promise<number> {
    const free = [...this.#fates].filter(([, fate]) => fate === 'there').map(([step]) => step);
    const deeds = this.#pages.map((_, tab) => {
      const choice = this.#random();
      const step = choice < 0.7 ? undefined : free.splice(Math.floor(this.#random() * free.length), 1)[0];
      if (choice < 0.15) return this.closeInMidSave(tab);
      if (choice < 0.3) return this.bringBack(tab);
      if (step === undefined) return this.save(tab);
      return choice < 0.85 ? this.discard(tab, step) : this.bin(tab, step);
    });
    await Promise.all(deeds);
    await this.allWantToTrain();
    return deeds.length + 1;
  }
}

for (const [count, operations] of Object.entries(OPERATIONS))
  test(`${count} tabs save, delete, close and want to train at once, and the store holds what they were told`, async ({
    browserOnDisk,
  }) => {
    test.setTimeout(LONGER * 120_000);
    const tabs = new Tabs(await browserOnDisk.open({ webgpu: false }), Number(count));
    await Promise.all(Array.from({ length: Number(count) }, (_, tab) => tabs.open(tab)));
    await tabs.save(0);
    for (let done = 0; done < operations * LONGER; ) done += await tabs.round();
    await tabs.check();
  });
