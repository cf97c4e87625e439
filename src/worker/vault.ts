import './lockdown';
import * as Comlink from 'comlink';
import { libraryWriter, type OnWritten, type StepToWrite, type StepWriter } from '#linnet/sandbox';
import { installWireErrors } from './wireErrors';

installWireErrors();

let opened: Promise<StepWriter> | undefined;

/** The thread that encodes, sums up, writes and reads back what is saved, so that training never waits for a disk. */
Comlink.expose({
  async write(step: StepToWrite, onWritten: OnWritten) {
    opened ??= libraryWriter();
    const writer = await opened.catch((cause: unknown) => {
      opened = undefined;
      throw cause;
    });
    return writer.write(step, onWritten);
  },
} satisfies StepWriter);
