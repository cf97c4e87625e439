import { expect, test, watch } from './fixtures';
import { ready, train } from './page';

test('without any header from the server, neither page nor worker can make a request', async ({ bareSite, browserOnDisk, problems }) => {
  problems.allow(/Content Security Policy|Refused to connect|violates/i);
  const context = await browserOnDisk.open();
  const page = context.pages()[0]!;
  watch(page, problems.list);
  await page.goto(bareSite.url);
  await ready(page);
  const inWorker = await page
    .workers()[0]!
    .evaluate(async () =>
      ['fetch', 'XMLHttpRequest', 'WebSocket', 'EventSource', 'importScripts'].filter((name) => (globalThis as any)[name] !== undefined),
    );
  expect(inWorker).toEqual([]);
  const fromPage = await page.evaluate(async () => {
    try {
      await fetch('./leak');
      return 'sent';
    } catch {
      return 'refused';
    }
  });
  expect(fromPage).toBe('refused');
  expect(bareSite.requests.filter((path) => path.includes('leak'))).toEqual([]);
});

test('the policy stops inline scripts and strings as HTML', async ({ linnet: page, problems }) => {
  problems.allow(/Content Security Policy|requires 'TrustedHTML' assignment|violates|Refused/i);
  await ready(page);
  const result = await page.evaluate(() => {
    const seen: string[] = [];
    for (const payload of ['<img src=x onerror="window.pwn=1">', '<script>window.pwn=1</script>', '<svg onload=pwn>']) {
      try {
        document.createElement('div').innerHTML = payload;
        seen.push('assigned');
      } catch (error) {
        seen.push((error as Error).name);
      }
    }
    return { seen, pwn: (window as unknown as { pwn?: number }).pwn };
  });
  expect(result).toEqual({ seen: ['TypeError', 'TypeError', 'TypeError'], pwn: undefined });
});

test('a visit asks for the site’s own files only, and training for none', async ({ site, linnet: page }) => {
  await expect(page.getByText('works offline')).toBeVisible({ timeout: 60_000 });
  await ready(page);
  const before = site.requests.length;
  await train(page, 20);
  expect(site.requests.slice(before)).toEqual([]);
});
