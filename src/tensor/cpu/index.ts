/** The CPU reference of every primitive with the backend that runs it: loaded only by those who compute on the CPU. */
import './unary';
import './binary';
import './select';
import './views';
import './reduce';
import './lines';
import './dot';
import './conv';
import './gather';
import './control';

export { CpuBackend } from './cpuBackend';
export { interpret } from './interpret';
