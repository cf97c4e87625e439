import type { DialogName } from '../state/view';
import { CsvDialog } from './CsvDialog';
import { JaxDialog } from './JaxDialog';
import { LessonDialog } from './LessonDialog';
import { NameDialog } from './NameDialog';
import { PaletteDialog } from './PaletteDialog';
import { PointsDialog } from './PointsDialog';
import { ShortcutsDialog } from './ShortcutsDialog';

/** The dialog that is open. Loaded when the first one is. */
export default function Dialogs({ dialog }: { readonly dialog: DialogName }) {
  switch (dialog) {
    case 'palette':
      return <PaletteDialog />;
    case 'shortcuts':
      return <ShortcutsDialog />;
    case 'csv':
      return <CsvDialog />;
    case 'points':
      return <PointsDialog />;
    case 'name':
      return <NameDialog />;
    case 'lesson':
      return <LessonDialog />;
    case 'jax':
      return <JaxDialog />;
  }
}
