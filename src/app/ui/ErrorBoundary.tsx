import { Component, type ReactNode } from 'react';

interface State {
  readonly failed: string | null;
}

/** What is shown when a part of the page cannot be drawn: training and saving go on in the worker, so the way back is to draw anew. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { failed: null };

  static getDerivedStateFromError(error: unknown): State {
    return { failed: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    const { failed } = this.state;
    if (failed === null) return this.props.children;
    return (
      <div className="boundary" role="alert">
        <h2>This part of the page could not be drawn</h2>
        <p>{failed}</p>
        <p>Training and saving go on in the background; every checkpoint is as it was.</p>
        <button type="button" className="button primary" onClick={() => this.setState({ failed: null })}>
          Draw it again
        </button>
      </div>
    );
  }
}
