export * from './bytes';
export * from './crc32c';
export * from './dtypes';
export * from './errors';
export * from './hostArray';
export * from './shapes';
export * from './trees';
