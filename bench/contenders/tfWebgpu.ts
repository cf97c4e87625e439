import '@tensorflow/tfjs-backend-webgpu';
import { serveTensorFlow } from './tensorFlow';

serveTensorFlow('webgpu');
