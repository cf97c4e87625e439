import type { CheckpointInfo } from '#linnet/core';
import type { TabNews } from '#linnet/store';
import type { OpenRun } from './openRun';
import type { RunLibrary } from './runLibrary';

/** What other tabs of this site say about runs, and what is done about it here. */
export class OtherTabs {
  readonly #open: OpenRun;
  readonly #library: RunLibrary;
  readonly #listed: (list: CheckpointInfo[]) => void;

  /** `listed` is told the checkpoints of the open run when another tab has saved into it. */
  constructor(open: OpenRun, library: RunLibrary, listed: (list: CheckpointInfo[]) => void) {
    this.#open = open;
    this.#library = library;
    this.#listed = listed;
    library.listen((news) => void this.#heard(news).catch(() => {}));
  }

  async #heard({ about, run }: TabNews): Promise<void> {
    if (about === 'wanted') return this.#handOver(run);
    if (about === 'leaving') return this.#open.ownership.answered(run);
    if (run !== this.#open.present?.info.id) return;
    await this.#open.ownership.look();
    this.#listed(await this.#library.checkpoints(run));
  }

  /** Another tab wants the run that trains here: what there is of it is saved, and then it is let go. */
  async #handOver(run: string): Promise<void> {
    if (!this.#open.ownership.holds(run)) return;
    this.#library.leave(run);
    await this.#open.session.loop.pause();
    this.#open.autosave();
    await this.#open.saver.settle();
    this.#open.paused();
    this.#open.ownership.handOver();
  }
}
