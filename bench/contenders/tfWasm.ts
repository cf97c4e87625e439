import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { serveTensorFlow } from './tensorFlow';

serveTensorFlow('wasm', () => setWasmPaths('/wasm/'));
