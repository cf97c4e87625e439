import { beforeAll, test } from 'vitest';
import { init } from '#linnet/tensor';
import { checkTrajectories } from '../testing/trajectories';

beforeAll(() => init());

test('19 optimisers, 20 steps each, on the GPU', checkTrajectories, 60_000);
