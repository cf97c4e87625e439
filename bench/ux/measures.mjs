/** What the goals of the page are measured by. Each measure opens its own browser and returns what to print. */

const ms = (value) => `${value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en')} ms`;
const percentile = (values, share) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))] ?? 0;

const play = (page) => page.getByRole('toolbar', { name: 'Training' }).getByRole('button', { name: 'Play' });
const pause = (page) => page.getByRole('toolbar', { name: 'Training' }).getByRole('button', { name: 'Pause' });

async function inPage(open, measure) {
  const { context, page, url } = await open();
  page.setDefaultTimeout(90_000);
  try {
    await page.goto(url);
    await play(page).waitFor();
    await page.locator('.play:not([aria-disabled=true])').first().waitFor();
    return await measure(page);
  } finally {
    await context.close();
  }
}

/** Milliseconds from opening the page to the first step that its counter shows; Play is pressed as soon as it can be. */
export const firstSteps = async (open) => {
  const { context, page, url } = await open();
  try {
    await page.addInitScript(() => {
      const watch = setInterval(() => {
        const button = document.querySelector('.play');
        if (button?.getAttribute('aria-disabled') !== 'true' && button?.textContent === 'Play' && !globalThis.pressed) {
          globalThis.pressed = true;
          button.click();
        }
        const step = document.querySelector('.step-number')?.textContent ?? '0';
        if (step === '0') return;
        globalThis.firstStepMs = performance.now();
        clearInterval(watch);
      }, 4);
    });
    await page.goto(url);
    await page.waitForFunction(() => globalThis.firstStepMs !== undefined, undefined, { timeout: 120_000 });
    return ms(await page.evaluate(() => globalThis.firstStepMs));
  } finally {
    await context.close();
  }
};

/** Tasks of the page's thread and delays of input, over twenty seconds of training with five saves. */
export const longTasks = (open) =>
  inPage(open, async (page) => {
    await play(page).click();
    await page.waitForTimeout(3000);
    await page.evaluate(() => {
      globalThis.tasks = [];
      globalThis.delays = [];
      new PerformanceObserver((list) => globalThis.tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
        type: 'longtask',
      });
      new PerformanceObserver((list) =>
        globalThis.delays.push(...list.getEntries().map(({ processingStart, startTime }) => processingStart - startTime)),
      ).observe({ type: 'event', durationThreshold: 16 });
    });
    for (let i = 0; i < 5; i++) {
      await page.keyboard.press('s');
      for (let k = 0; k < 8; k++) {
        await page.keyboard.press(k % 2 ? 'ArrowLeft' : 'ArrowRight');
        await page.waitForTimeout(500);
      }
    }
    const { tasks, delays } = await page.evaluate(() => ({ tasks: globalThis.tasks, delays: globalThis.delays }));
    return `${ms(Math.max(0, ...tasks))} / ${ms(percentile(delays, 0.95))}`;
  });

/** From the click on Pause to the last change of the step counter. */
export const pauseTime = (open) =>
  inPage(open, async (page) => {
    const times = [];
    for (let i = 0; i < 5; i++) {
      await play(page).click();
      await page.waitForTimeout(1500);
      await page.evaluate(() => {
        const counter = document.querySelector('.step-number');
        globalThis.lastStepMs = 0;
        globalThis.observer = new MutationObserver(() => {
          globalThis.lastStepMs = performance.now();
        });
        globalThis.observer.observe(counter, { characterData: true, childList: true, subtree: true });
        addEventListener('click', () => Object.assign(globalThis, { clickMs: performance.now() }), { capture: true, once: true });
      });
      await pause(page).click();
      await page.waitForTimeout(1000);
      times.push(await page.evaluate(() => Math.max(0, globalThis.lastStepMs - globalThis.clickMs)));
    }
    return `${ms(percentile(times, 0.5))} (worst ${ms(Math.max(...times))})`;
  });

/** A safetensors file with `count` arrays of one element. */
function manyLeaves(count) {
  const members = Array.from({ length: count }, (_, i) => [
    `layers.${i % 100}.w${i}`,
    { dtype: 'F32', shape: [1], data_offsets: [4 * i, 4 * i + 4] },
  ]);
  const json = Buffer.from(JSON.stringify(Object.fromEntries(members)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.byteLength));
  return Buffer.concat([length, json, Buffer.alloc(4 * count)]);
}

export const treeOfTenThousand = (open) =>
  inPage(open, async (page) => {
    await page.keyboard.press('3');
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Choose a file' }).click()]);
    await page.evaluate(() => {
      globalThis.startMs = Number.NaN;
      addEventListener('change', () => Object.assign(globalThis, { startMs: performance.now() }), { capture: true });
      const watch = new MutationObserver(() => {
        if (document.querySelector('[role=treeitem]') === null) return;
        globalThis.shownMs = performance.now();
        watch.disconnect();
      });
      watch.observe(document, { subtree: true, childList: true });
      // The input is not in the page, so its change does not bubble: reading begins when the view says so.
      const reading = new MutationObserver(() => {
        if (!document.querySelector('.inspect-empty')?.textContent?.startsWith('Reading')) return;
        globalThis.startMs = performance.now();
        reading.disconnect();
      });
      reading.observe(document, { subtree: true, childList: true, characterData: true });
    });
    await chooser.setFiles({ name: 'big.safetensors', mimeType: 'application/octet-stream', buffer: manyLeaves(10_000) });
    await page.getByRole('treeitem').first().waitFor();
    const openMs = await page.evaluate(() => globalThis.shownMs - globalThis.startMs);
    await page.getByRole('tree').focus();
    for (const key of ['ArrowDown', 'ArrowRight', 'ArrowDown']) await page.keyboard.press(key);
    const frames = await page.evaluate(
      () =>
        new Promise((resolve) => {
          const tree = document.querySelector('[role=tree]');
          const began = performance.now();
          let count = 0;
          const frame = () => {
            count += 1;
            tree.scrollTop += 24;
            if (performance.now() - began < 3000) requestAnimationFrame(frame);
            else resolve(count / 3);
          };
          requestAnimationFrame(frame);
        }),
    );
    return `${ms(openMs)} / ${Math.round(frames)} a second`;
  });

/** Saves `count` steps of the first visit's run; their numbers. */
async function saveSteps(page, count) {
  for (let i = 0; i < count; i++) {
    await page.evaluate(async () => {
      await globalThis.linnet.step(5);
      await globalThis.linnet.save({});
    });
  }
  return page.evaluate(async () => {
    const [{ run }] = await globalThis.linnet.listRuns();
    return (await globalThis.linnet.listCheckpoints(run.id)).map(({ step }) => step);
  });
}

/** Looking at each checkpoint of a run in turn, as dragging the scrubber does; the second time round, when they were seen before. */
export const scrub = (open) =>
  inPage(open, async (page) => {
    const steps = await saveSteps(page, 20);
    const lookAtAll = () =>
      page.evaluate(async (all) => {
        const times = [];
        for (const step of all) {
          const began = performance.now();
          await globalThis.linnet.lookAt(step);
          times.push(performance.now() - began);
        }
        await globalThis.linnet.lookAt(null);
        return times;
      }, steps);
    const [first, again] = [await lookAtAll(), await lookAtAll()];
    return `${ms(percentile(first, 0.5))}, again ${ms(percentile(again, 0.5))}`;
  });

/** Two steps of a net of a million parameters, one training step apart. */
export const diffOfMillion = (open) =>
  inPage(open, async (page) => {
    const times = await page.evaluate(async () => {
      const { linnet } = globalThis;
      const [layer] = [{ width: 1000, activation: 'relu' }];
      const state = {
        version: 1,
        data: { name: 'digits', samples: 500, noise: 0, trainFraction: 0.8, seed: 0, standardize: false, features: ['x1', 'x2'] },
      };
      const model = { hidden: [layer, { ...layer, width: 920 }], useBias: true, dropout: 0, batchNorm: false, initializer: 'lecunNormal' };
      const optimizer = { name: 'sgd', learningRate: 0.01, schedule: 'constant', scheduleSteps: 100, weightDecay: 0, clipNorm: 0 };
      const training = { batchSize: 32, seed: 0, prng: 'partitionable' };
      const run = await linnet.newRun({ ...state, model, optimizer, training });
      await linnet.step(1);
      const first = await linnet.save({});
      await linnet.step(1);
      const second = await linnet.save({});
      const taken = [];
      for (let i = 0; i < 3; i++) {
        const began = performance.now();
        await linnet.compare({ run: run.id, step: first.step }, { run: run.id, step: second.step });
        taken.push(performance.now() - began);
      }
      return [run.parameterCount, ...taken];
    });
    const [parameters, ...taken] = times;
    return `${ms(Math.min(...taken))} (${(parameters / 1e6).toFixed(2)} M)`;
  });
