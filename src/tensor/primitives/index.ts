/** The table of primitives, filled by loading every family. */
import './unary';
import './binary';
import './select';
import './pad';
import './views';
import './concatenate';
import './iota';
import './reduce';
import './argReduce';
import './dot';
import './conv';
import './gather';
import './scatter';
import './sort';
import './cumulative';
import './control';

export * from './primitive';
