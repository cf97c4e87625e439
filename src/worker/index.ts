export * from './client';
export * from './protocol';
export { trustedScriptUrl } from './trustedUrl';
