import '@tensorflow/tfjs-backend-cpu';
import { serveTensorFlow } from './tensorFlow';

serveTensorFlow('cpu');
