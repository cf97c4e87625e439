import type { HostArray } from '#linnet/core';

/** Makes a device array of host elements; undefined when the device does not know the dtype. */
export type ArrayFactory = (host: HostArray) => unknown;

let factory: ArrayFactory = () => undefined;

/**
 * Says how restored JAX arrays become device arrays; where the function returns undefined, or none is set, they stay HostArrays.
 * The library's door sets it once, so that this layer needs no device.
 */
export function setArrayFactory(make: ArrayFactory | undefined): void {
  factory = make ?? (() => undefined);
}

/** `host` as a device array if the device knows its dtype, else `host` itself. */
export const toDeviceArray = (host: HostArray): unknown => factory(host) ?? host;
