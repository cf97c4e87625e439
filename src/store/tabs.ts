/** Word from one tab of the site to the others: a run was saved, is wanted by a tab that would like to train it, or is about to be let go. */
export interface TabNews {
  readonly about: 'saved' | 'wanted' | 'leaving';
  readonly run: string;
}

/** A line to the other tabs and workers of the site. What a tab says it does not hear itself. */
export class TabLine {
  readonly #channel: BroadcastChannel;
  #isClosed = false;

  constructor(name: string, heard: (news: TabNews) => void) {
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }) => heard(data as TabNews);
  }

  tell(news: TabNews): void {
    if (!this.#isClosed) this.#channel.postMessage(news);
  }

  close(): void {
    this.#isClosed = true;
    this.#channel.close();
  }
}
