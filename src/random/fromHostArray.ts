import { type HostArray, isDeviceDType } from '#linnet/core';
import { fromHost, type KeyArray, type NDArray } from '#linnet/tensor';
import { wrapKeyData } from './keyArray';

/**
 * What a checkpoint restores, as an array of the current device; undefined where the device does not know the dtype. Typed keys keep
 * their words on the host, so that drawing needs no reading back.
 */
export function fromHostArray(host: HostArray): NDArray | KeyArray | undefined {
  if (host.dtype === 'key<fry>') return wrapKeyData(host);
  return isDeviceDType(host.dtype) ? fromHost({ dtype: host.dtype, shape: host.shape, data: host.data }) : undefined;
}
