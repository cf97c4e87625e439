/** Computes for a while and does nothing else: what any busy thread beside the one that trains costs it. */
self.onmessage = ({ data: ms }: MessageEvent<number>) => {
  const end = performance.now() + ms;
  let turns = 0;
  while (performance.now() < end) turns++;
  self.postMessage(turns);
};
