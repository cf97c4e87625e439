export * from './client';
export { GuideWorker } from './guideClient';
export type { GuideSectionCode } from './guideProtocol';
export { Inspector, type InspectorHost } from './inspector';
export * from './inspectProtocol';
export * from './protocol';
export { trustedScriptUrl } from './trustedUrl';
