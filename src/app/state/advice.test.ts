import { describe, expect, test } from 'vitest';
import { LinnetError } from '#linnet/core';
import { ADVICE, adviceFor } from './advice';

describe('advice', () => {
  test('every kind says what is safe and what to do, in sentences', () => {
    for (const [kind, { title, safe, todo }] of Object.entries(ADVICE)) {
      expect(title, kind).toMatch(/^[A-Z].*[^.!]$/);
      expect(safe, kind).toMatch(/^[A-Z].*\.$/);
      expect(todo, kind).toMatch(/^[A-Z].*\.$/);
      expect(`${title} ${safe} ${todo}`, kind).not.toContain('Error');
    }
  });

  test('a foreign error is called a mistake of Linnet', () => {
    expect(adviceFor(new TypeError('x is undefined'))).toMatchObject({ kind: 'InternalError', happened: 'x is undefined' });
    expect(adviceFor(new LinnetError('QuotaError', 'No room for 6 MB.'))).toMatchObject({
      kind: 'QuotaError',
      happened: 'No room for 6 MB.',
    });
  });
});
