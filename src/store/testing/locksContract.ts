import { describe, expect, it } from 'vitest';
import type { Locks } from '../locks';

const soon = () => new Promise((resolve) => setTimeout(resolve, 5));

/** What every implementation of `Locks` promises. `make` gives locks that nobody holds. */
export function locksContract(name: string, make: () => Promise<Locks>): void {
  describe(name, () => {
    it('lets one work at a time run, in the order asked', async () => {
      const locks = await make();
      const events: string[] = [];
      const work = (id: string) =>
        locks.run('a', async () => {
          events.push(`${id} begins`);
          await soon();
          events.push(`${id} ends`);
          return id;
        });
      expect(await Promise.all([work('1'), work('2'), work('3')])).toEqual(['1', '2', '3']);
      expect(events).toEqual(['1', '2', '3'].flatMap((id) => [`${id} begins`, `${id} ends`]));
    });

    it('frees the lock when the work throws, and passes the error on', async () => {
      const locks = await make();
      await expect(locks.run('a', () => Promise.reject(new RangeError('mine')))).rejects.toThrow('mine');
      expect(await locks.run('a', async () => 'free')).toBe('free');
    });

    it('holds until released, by name', async () => {
      const locks = await make();
      const held = await locks.tryHold('run');
      expect(held?.name).toBe('run');
      expect(await locks.tryHold('run')).toBeUndefined();
      (await locks.tryHold('another'))?.release();
      let free = false;
      const waiting = locks.whenFree('run').then(() => {
        free = true;
      });
      await soon();
      expect(free).toBe(false);
      held?.release();
      await waiting;
      await soon();
      const again = await locks.tryHold('run');
      expect(again).toBeDefined();
      again?.release();
    });

    it('gives up waiting when told to', async () => {
      const locks = await make();
      const held = await locks.tryHold('a');
      const controller = new AbortController();
      const waiting = locks.run('a', async () => 'never', controller.signal);
      controller.abort();
      await expect(waiting).rejects.toMatchObject({ kind: 'AbortedError' });
      const next = locks.run('a', async () => 'next');
      held?.release();
      expect(await next).toBe('next');
    });
  });
}
