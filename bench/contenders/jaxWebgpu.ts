import { serveJaxJs } from './jaxJs';

serveJaxJs('webgpu');
