import { useSession } from '../state/session';
import { DisplayTree } from './DisplayTree';
import { useModelTree } from './useModelTree';

/** The live model, or the one looked at, as `nnx.display` describes it. */
export function ModelTree() {
  const run = useSession((state) => state.session.run);
  const tree = useModelTree();
  return (
    <div className="model-tree">
      {tree === null ? (
        <p className="quiet small pane-note">Reading the model…</p>
      ) : (
        <DisplayTree key={run?.id} node={tree} root="model" label="The model’s modules and arrays" />
      )}
    </div>
  );
}
