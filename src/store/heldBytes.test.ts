import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concatBytes } from '#linnet/core';
import { collectBytes } from './byteSource';
import { HeldBytes } from './heldBytes';

const cutAnywhere = fc.tuple(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 12 }), fc.nat(150), fc.nat(150));

test('any part is what the pieces would be as one', async () => {
  await fc.assert(
    fc.asyncProperty(cutAnywhere, async ([pieces, a, b]) => {
      const held = new HeldBytes(pieces);
      const whole = concatBytes(pieces);
      expect(held.byteLength).toBe(whole.byteLength);
      expect(await collectBytes(held)).toEqual(whole);
      const [from, to] = [Math.min(a, b, whole.byteLength), Math.min(Math.max(a, b), whole.byteLength)];
      const part = whole.slice(from, to);
      expect(concatBytes(held.views(from, to))).toEqual(part);
      expect(held.joined(from, to, new Uint8Array(to - from)).slice()).toEqual(part);
    }),
  );
});

test('what lies in one piece is not copied, unless it lies where words cannot be read', () => {
  const piece = new Uint8Array(64).fill(7);
  const scratch = new Uint8Array(64);
  const held = new HeldBytes([piece, new Uint8Array(8)]);
  expect(held.joined(8, 40, scratch).buffer).toBe(piece.buffer);
  expect(held.joined(3, 40, scratch).buffer).toBe(scratch.buffer);
  expect(held.joined(56, 70, scratch).buffer).toBe(scratch.buffer);
});
