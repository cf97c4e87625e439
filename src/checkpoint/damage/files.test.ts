import { test } from 'vitest';
import { expectAllDamageFound } from '../../testing/hostile/ownDamage';

test('in plain files: every flipped bit and every cut is found', { timeout: 600_000 }, () => expectAllDamageFound({ ocdbt: false }));
