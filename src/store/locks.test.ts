import { localLocks } from './locks';
import { locksContract } from './locksContract';

locksContract('localLocks', async () => localLocks());
