import { goTo, type ViewName } from '../state/view';
import { Code, CopyButton } from '../ui/Code';

const SAVE = `const [, state] = nnx.split(model);
const checkpointer = new ocp.StandardCheckpointer();
await checkpointer.save(ckptDir.join('state'), state);`;

const RESTORE = `const abstractModel = nnx.evalShape(() => new TwoLayerMLP(4, { rngs: new nnx.Rngs(0) }));
const [graphdef, abstractState] = nnx.split(abstractModel);
const restored = await checkpointer.restore(ckptDir.join('state'), abstractState);
const model2 = nnx.merge(graphdef, restored);`;

const PURE = `await checkpointer.save(ckptDir.join('pure_dict'), nnx.toPureDict(state));
const pure = await checkpointer.restore(ckptDir.join('pure_dict'));`;

const REPAIR = `pure.linear1.bias = jnp.zeros([4]);
pure.linear2.bias = jnp.zeros([4]);
nnx.replaceByPureDict(abstractState2, pure);
const model3 = nnx.merge(graphdef2, abstractState2);`;

const PYTHON = `import orbax.checkpoint as ocp
from flax import nnx

abstract = nnx.state(nnx.eval_shape(lambda: Model(rngs=nnx.Rngs(0))))
state = ocp.StandardCheckpointer().restore('my-run/1900/model', abstract)`;

interface Section {
  readonly title: string;
  readonly text: string;
  readonly code?: string;
  readonly view?: ViewName;
  readonly link?: string;
}

const SECTIONS: readonly Section[] = [
  {
    title: '1. Train here',
    text: 'Choose data, change the model, press Play. Everything runs in this tab: on your GPU through WebGPU, or on the CPU where there is none. Weights start as the same numbers as in JAX, for the same seed.',
    view: 'train',
    link: 'Open Train',
  },
  {
    title: '2. Each checkpoint is everything',
    text: 'A checkpoint holds the parameters, the optimiser, the random state and the place in the data, so a restored run goes on bit for bit. Checkpoints come by themselves while training; S saves one now. “Saved” is said after the bytes were read back.',
    code: SAVE,
    view: 'checkpoints',
    link: 'Open Checkpoints',
  },
  {
    title: '3. Restore into an abstract model',
    text: 'Restoring needs shapes, not memory: the model is built abstractly, its state is filled from the checkpoint, and the two are merged. What does not fit is named, leaf by leaf.',
    code: RESTORE,
  },
  {
    title: '4. As plain dictionaries',
    text: 'Without a target a checkpoint comes back as nested dictionaries of arrays. That is how one looks into a checkpoint whose code is gone.',
    code: PURE,
    view: 'inspect',
    link: 'Open Inspect',
  },
  {
    title: '5. When the model has changed',
    text: 'Give the old checkpoint what the new model wants: zeros for new biases, fresh values for new layers, and drop what is no longer there. Inspect does the same with one button and shows the match first.',
    code: REPAIR,
  },
  {
    title: '6. Take it to Python, and back',
    text: 'Download gives a zip that Orbax in Python restores as it is. Train on there, drop the folder here, and go on in the tab.',
    code: PYTHON,
  },
];

/** The way of a checkpoint, from Play to Python and back, with the code that does each part. */
export default function GuideView() {
  return (
    <div className="view guide-view">
      <article className="guide">
        <h2>Checkpoints, step by step</h2>
        <p className="lead">What happens when a run is saved, restored, repaired and taken to JAX, in the order one meets it.</p>
        {SECTIONS.map(({ title, text, code, view, link }) => (
          <section key={title}>
            <h3>{title}</h3>
            <p>{text}</p>
            {code !== undefined && (
              <div className="guide-code">
                <CopyButton text={code} what="Code" />
                <Code text={code} label={`Code: ${title}`} />
              </div>
            )}
            {view !== undefined && (
              <button type="button" className="button" onClick={() => goTo(view)}>
                {link}
              </button>
            )}
          </section>
        ))}
      </article>
    </div>
  );
}
