import { ChevronDown, ChevronRight } from 'lucide-react';
import { useState } from 'react';
import type { DisplayNode } from '#linnet/core';
import { LeafNumbers } from '../inspect/LeafNumbers';
import { CopyPath } from '../ui/CopyPath';
import { accessPath } from './accessPath';
import { canUnfold, nodeKey, unfoldedAtFirst } from './folding';

interface PartProps {
  readonly node: DisplayNode;
  /** Name of the variable that the root would have in code. */
  readonly root: string;
  readonly unfolded: ReadonlySet<string>;
  toggle(key: string): void;
}

/** Name, type, and what fits on a line: a plain value, an array's summary, sizes. */
function Line({ node, root }: Pick<PartProps, 'node' | 'root'>) {
  const { path, type, text, sizes, array } = node;
  return (
    <>
      <span className="mono display-name">{path.at(-1) ?? root}</span>
      {text === '' && <span className="mono display-type">{type}</span>}
      {text !== '' && <span className="mono display-value ellipsis">{text}</span>}
      {array !== null && <span className="mono display-value ellipsis">{array.summary}</span>}
      {sizes !== '' && array === null && <span className="small quiet num display-sizes">{sizes}</span>}
    </>
  );
}

/** An array unfolded: its numbers and its elements. */
function Elements({ array, sizes }: { readonly array: NonNullable<DisplayNode['array']>; readonly sizes: string }) {
  return (
    <div className="display-array">
      {array.statistics !== null && <LeafNumbers statistics={array.statistics} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard */}
      <section className="display-elements" aria-label="Elements" tabIndex={0}>
        <pre className="mono selectable">{array.text}</pre>
      </section>
      {sizes !== '' && <p className="small quiet num">{sizes}</p>}
    </div>
  );
}

function Part(props: PartProps) {
  const { node, root, unfolded, toggle } = props;
  const key = nodeKey(node);
  const isOpen = unfolded.has(key);
  const code = accessPath(root, node.path);
  const line = <Line node={node} root={root} />;
  return (
    <li>
      <div className="display-row">
        {canUnfold(node) ? (
          <button type="button" className="display-line" aria-expanded={isOpen} onClick={() => toggle(key)}>
            <span className="twisty">
              {isOpen ? <ChevronDown className="icon" aria-hidden="true" /> : <ChevronRight className="icon" aria-hidden="true" />}
            </span>
            {line}
          </button>
        ) : (
          <div className="display-line">
            <span className="twisty" />
            {line}
          </div>
        )}
        <CopyPath path={code} label={`Copy the path ${code}`} />
      </div>
      {isOpen && node.array !== null && <Elements array={node.array} sizes={node.sizes} />}
      {isOpen && node.children.length > 0 && (
        <ul>
          {node.children.map((child) => (
            <Part key={nodeKey(child)} {...props} node={child} />
          ))}
        </ul>
      )}
    </li>
  );
}

/** What `nnx.display` describes, as a tree that folds: paths to copy, statistics and heat maps of arrays. */
export function DisplayTree({ node, root, label }: { readonly node: DisplayNode; readonly root: string; readonly label: string }) {
  const [unfolded, setUnfolded] = useState(() => unfoldedAtFirst(node));
  const toggle = (key: string) => {
    const next = new Set(unfolded);
    if (!next.delete(key)) next.add(key);
    setUnfolded(next);
  };
  return (
    <ul className="display-tree" aria-label={label}>
      <Part node={node} root={root} unfolded={unfolded} toggle={toggle} />
    </ul>
  );
}
