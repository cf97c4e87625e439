import { serveJaxJs } from './jaxJs';

serveJaxJs('wasm');
