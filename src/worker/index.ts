export * from './client';
export { Inspector, type InspectorHost } from './inspector';
export * from './inspectProtocol';
export * from './protocol';
export { trustedScriptUrl } from './trustedUrl';
