import { Menu } from '@base-ui/react/menu';
import { Check, Contrast, MoreHorizontal, Search, Share2 } from 'lucide-react';
import { perform } from '../actions/action';
import { openFile, openFolder, palette, share, shortcuts } from '../actions/page';
import { useSession } from '../state/session';
import { chooseTheme, goTo, setView, useView, type ViewName } from '../state/view';
import { ActionButton } from '../ui/ActionButton';
import { Logo } from '../ui/Logo';

const VIEW_LABELS: readonly (readonly [ViewName, string])[] = [
  ['train', 'Train'],
  ['checkpoints', 'Checkpoints'],
  ['inspect', 'Inspect'],
  ['guide', 'Guide'],
];

const THEMES = [
  ['system', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
  ['contrast', 'High contrast'],
] as const;

function ThemeMenu() {
  const choice = useView((state) => state.themeChoice);
  return (
    <Menu.Root>
      <Menu.Trigger className="button ghost square" aria-label="Theme">
        <Contrast className="icon half" aria-hidden="true" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner className="floating" sideOffset={6} align="end">
          <Menu.Popup className="menu">
            <Menu.RadioGroup value={choice} onValueChange={chooseTheme}>
              {THEMES.map(([value, label]) => (
                <Menu.RadioItem key={value} value={value} className="menu-item">
                  <span className="menu-mark">
                    <Menu.RadioItemIndicator>
                      <Check className="icon" aria-hidden="true" />
                    </Menu.RadioItemIndicator>
                  </span>
                  {label}
                </Menu.RadioItem>
              ))}
            </Menu.RadioGroup>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

function MoreMenu() {
  return (
    <Menu.Root>
      <Menu.Trigger className="button ghost square only-small" aria-label="More">
        <MoreHorizontal className="icon" aria-hidden="true" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner className="floating" sideOffset={6} align="end">
          <Menu.Popup className="menu">
            {VIEW_LABELS.map(([view, label]) => (
              <Menu.Item key={view} className="menu-item" onClick={() => goTo(view)}>
                {label}
              </Menu.Item>
            ))}
            {[openFile, openFolder, share, palette, shortcuts].map((action) => (
              <Menu.Item key={action.id} className="menu-item" onClick={() => void perform(action)}>
                {action.label}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

function RunName() {
  const run = useSession((state) => state.session.run);
  const status = useSession((state) => state.session.status);
  const saved = useSession((state) => state.checkpoints.length > 0);
  return (
    <div className="crumb">
      <span className={`lamp ${status}`} aria-hidden="true" />
      <strong className="ellipsis">{run?.name ?? 'Starting'}</strong>
      {run !== null && !saved && <span className="quiet wide-only">not saved yet</span>}
      <span className="sr">{status}</span>
    </div>
  );
}

/** Brand, run, views, and the ways to everything else. */
export function TopBar() {
  const view = useView((state) => state.view);
  return (
    <header className="top">
      <div className="row">
        <div className="brand">
          <Logo />
          <h1>Linnet</h1>
        </div>
        <RunName />
      </div>
      <nav className="views" aria-label="Views">
        {VIEW_LABELS.map(([name, label]) => (
          <button type="button" key={name} aria-current={view === name ? 'page' : undefined} onClick={() => goTo(name)}>
            {label}
          </button>
        ))}
      </nav>
      <div className="row top-end">
        <button type="button" className="button command wide-only" onClick={() => void perform(palette)}>
          <Search className="icon" aria-hidden="true" />
          Do anything
          <kbd>Ctrl K</kbd>
        </button>
        <ActionButton action={share} icon={Share2} text="Share" className="button wide-only" />
        <ThemeMenu />
        <MoreMenu />
      </div>
    </header>
  );
}

const TABS = [
  ['data', 'Data'],
  ['model', 'Model'],
  ['result', 'Result'],
  ['runs', 'Runs'],
] as const;

/** Small screens: one column, chosen here. */
export function SmallTabs() {
  const view = useView((state) => state.view);
  const tab = useView((state) => state.smallTab);
  const current = view === 'checkpoints' ? 'runs' : view === 'train' ? tab : null;
  const choose = (name: (typeof TABS)[number][0]) => {
    goTo(name === 'runs' ? 'checkpoints' : 'train');
    setView({ smallTab: name });
  };
  return (
    <nav className="small-tabs" aria-label="Parts of the page">
      {TABS.map(([name, label]) => (
        <button type="button" key={name} aria-current={current === name ? 'true' : undefined} onClick={() => choose(name)}>
          {label}
        </button>
      ))}
    </nav>
  );
}
