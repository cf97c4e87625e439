import { test } from 'vitest';
import { expectAllDamageFound } from '../../testing/hostile/ownDamage';

test('in one database: every flipped bit and every cut is found', { timeout: 600_000 }, () => expectAllDamageFound({}));
