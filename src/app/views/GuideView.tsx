import { useEffect } from 'react';
import { GuideSection } from '../guide/GuideSection';
import { GuideValuesPanel } from '../guide/GuideValuesPanel';
import { SECTION_TEXTS } from '../guide/sectionTexts';
import { closeGuide, openGuide, useGuide } from '../state/guide';

/** Flax's checkpoint guide, live: the code that is shown is the code that runs, with values that can be changed. */
export default function GuideView() {
  const sections = useGuide((state) => state.sections);
  useEffect(() => {
    void openGuide();
    return closeGuide;
  }, []);
  return (
    <div className="view guide-view">
      <article className="guide">
        <h2>Checkpoints, step by step</h2>
        <p className="lead">
          Flax’s guide to saving and loading, running in this tab. Change a value, run a section, and see what is saved and what comes back.
          It works in a folder and a worker of its own: your runs are not touched.
        </p>
        <GuideValuesPanel />
        {sections !== null &&
          SECTION_TEXTS.map((section, index) => (
            <GuideSection key={section.id} index={index} section={section} code={sections[index]!.code} />
          ))}
      </article>
    </div>
  );
}
