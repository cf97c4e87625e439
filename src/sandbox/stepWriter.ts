import { type CommitOptions, hasGoneBack, type Library, openLibrary, type StepInfo } from '#linnet/store';
import type { StepContent } from './stepContent';
import { writeStep } from './stepItems';

/** A step to be saved. */
export interface StepToWrite {
  readonly run: string;
  readonly step: number;
  readonly content: StepContent;
  readonly options: Omit<CommitOptions, 'onProgress'>;
}

/** Told how many bytes of how many are written and were read back. */
export type OnWritten = (bytesDone: number, bytesTotal: number) => void;

/** Writes steps into the library, on this thread or on another. The arrays of a step are the writer's from then on. */
export interface StepWriter {
  write(step: StepToWrite, onWritten: OnWritten): Promise<StepInfo>;
}

/** Encodes a step as Orbax does and commits it. */
export async function writeInto(library: Library, { run, step, content, options }: StepToWrite, onWritten: OnWritten): Promise<StepInfo> {
  const files = await writeStep(content);
  return library.commitStep(run, step, files, { ...options, onProgress: onWritten });
}

/**
 * Writes into this browser's library: what the thread that does nothing else runs. Where the library was cleared meanwhile, it is opened
 * anew and the step goes there.
 */
export async function libraryWriter(): Promise<StepWriter> {
  let library = await openLibrary();
  return {
    write: (step, onWritten) =>
      writeInto(library, step, onWritten).catch(async (error: unknown) => {
        if (!hasGoneBack(error)) throw error;
        library.close();
        library = await openLibrary();
        return writeInto(library, step, onWritten);
      }),
  };
}
