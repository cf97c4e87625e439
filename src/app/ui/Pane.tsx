import type { ReactNode } from 'react';

interface PaneProps {
  readonly title: string;
  /** Quiet words beside the title. */
  readonly meta?: ReactNode;
  /** Controls at the head's end. */
  readonly tools?: ReactNode;
  readonly className?: string;
  readonly children: ReactNode;
}

/** A named part of a view: head of 40 px, content below. */
export function Pane({ title, meta, tools, className = '', children }: PaneProps) {
  return (
    <section className={`pane ${className}`} aria-label={title}>
      <header className="pane-head">
        <h2>{title}</h2>
        {meta !== undefined && <span className={`quiet small ellipsis grow ${tools === undefined ? 'meta-end' : ''}`}>{meta}</span>}
        {tools !== undefined && <div className="row pane-tools">{tools}</div>}
      </header>
      {children}
    </section>
  );
}
