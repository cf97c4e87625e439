import { useState } from 'react';
import { hideParts, useExperiment } from '../state/experiment';
import { LESSON_PARTS, type LessonPart } from '../state/lessonParts';
import { writeLink } from '../state/link';
import { openDialog, useView } from '../state/view';
import { Check } from '../ui/Check';
import { Code, CopyButton } from '../ui/Code';
import { Modal } from '../ui/Modal';

/** The address of this experiment without the parts in `hidden`. */
function lessonLink(hidden: readonly LessonPart[]): string {
  const { origin, pathname } = location;
  return `${origin}${pathname}#${writeLink(useExperiment.getState().draft, hidden)}`;
}

/** For whoever teaches: a link to this experiment that shows only what a lesson needs, and the frame that embeds it. */
export function LessonDialog() {
  const [hidden, setHidden] = useState(useView.getState().hidden);
  const link = lessonLink(hidden);
  const frame = `<iframe src="${link.replaceAll('&', '&amp;')}" width="960" height="640" title="Linnet"></iframe>`;
  const toggle = (part: LessonPart, shown: boolean) =>
    setHidden(LESSON_PARTS.map(([name]) => name).filter((name) => (name === part ? !shown : hidden.includes(name))));
  const look = () => {
    hideParts(hidden);
    openDialog(null);
  };
  return (
    <Modal
      title="Share as a lesson"
      footer={
        <>
          <button type="button" className="button" onClick={look}>
            See it like this
          </button>
          <CopyButton text={frame} what="Frame" label="Copy frame" />
          <CopyButton text={link} what="Link" label="Copy link" />
        </>
      }
    >
      <p className="quiet">Choose what the page shows. Whoever opens the link can bring everything back with Ctrl K.</p>
      <fieldset className="lesson-parts">
        <legend className="sr">Parts that are shown</legend>
        {LESSON_PARTS.map(([part, label]) => (
          <Check key={part} label={label} checked={!hidden.includes(part)} onChange={(shown) => toggle(part, shown)} />
        ))}
      </fieldset>
      <Code text={link} label="Link" />
    </Modal>
  );
}
