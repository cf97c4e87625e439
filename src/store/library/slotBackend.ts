/** A slot file opened for writing. Nobody else can open it for writing meanwhile. */
export interface SlotWriter {
  /** Writes all of `bytes` at `offset`. */
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /** Resolves when everything written is on disk. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** A slot file opened for reading. Others can open it for reading too. */
export interface SlotReader {
  /** Fills `into` with the bytes from `offset`; returns how many there are, fewer at the end of the file. */
  read(offset: number, into: Uint8Array): Promise<number>;
  close(): Promise<void>;
}

/** Where slot files live: files of fixed size with names that never change. Bytes are durable after `flush`; names only with time. */
export interface SlotBackend {
  readonly name: string;
  /** Whether this thread can write slots durably. Reading works everywhere. */
  readonly writable: boolean;
  /** Every slot file and its size in bytes. */
  sizes(): Promise<ReadonlyMap<string, number>>;
  /** Makes the file `id` of `byteLength` bytes if it is not there, and gives it that size. */
  create(id: string, byteLength: number): Promise<void>;
  open(id: string): Promise<SlotWriter>;
  /** Opens the file by its name for reading; undefined when there is no such file. */
  openToRead(id: string): Promise<SlotReader | undefined>;
  /** Removes the file; no error when it is not there. */
  remove(id: string): Promise<void>;
}

/** The pool of a platform without slot files: everything goes to the catalogue. */
export const noSlots: SlotBackend = {
  name: 'no slot files',
  writable: false,
  sizes: async () => new Map(),
  create: () => Promise.reject(new TypeError('there are no slot files here')),
  open: () => Promise.reject(new TypeError('there are no slot files here')),
  openToRead: async () => undefined,
  remove: async () => undefined,
};
