import { localLocks } from './locks';
import { locksContract } from './testing/locksContract';

locksContract('localLocks', async () => localLocks());
