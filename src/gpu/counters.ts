/** Running totals of what was asked of the device, and what memory is in use. One object per engine, written by all its parts. */
export interface Counters {
  dispatches: number;
  submits: number;
  buffersCreated: number;
  bindGroupsCreated: number;
  pipelinesCreated: number;
  bufferWrites: number;
  /** Bytes of buffers that somebody holds (not the pool's free ones). */
  liveBytes: number;
  peakBytes: number;
  liveBuffers: number;
}

export function newCounters(): Counters {
  return {
    dispatches: 0,
    submits: 0,
    buffersCreated: 0,
    bindGroupsCreated: 0,
    pipelinesCreated: 0,
    bufferWrites: 0,
    liveBytes: 0,
    peakBytes: 0,
    liveBuffers: 0,
  };
}
