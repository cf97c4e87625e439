import { CircleAlert, CircleCheck, Info, TriangleAlert, X } from 'lucide-react';
import { dismiss, type Message, useMessages } from '../state/messages';

const ICONS = { calm: Info, good: CircleCheck, caution: TriangleAlert, broken: CircleAlert } as const;

function MessageCard({ message }: { readonly message: Message }) {
  const { id, tone, title, happened, safe, todo, actions } = message;
  const Icon = ICONS[tone];
  return (
    <li className={`message ${tone}`}>
      <Icon className="icon" aria-hidden="true" />
      <div className="grow selectable">
        <p className="message-title">{title}</p>
        {happened !== '' && <p className="message-text">{happened}</p>}
        {safe !== undefined && <p className="quiet small">{safe}</p>}
        {todo !== undefined && <p className="small">{todo}</p>}
        {actions.length > 0 && (
          <div className="row message-actions">
            {actions.map(({ label, run }) => (
              <button
                type="button"
                key={label}
                className="button compact"
                onClick={() => {
                  dismiss(id);
                  run();
                }}
              >
                {label}
              </button>
            ))}
          </div>
        )}
      </div>
      <button type="button" className="button ghost square compact" aria-label={`Close: ${title}`} onClick={() => dismiss(id)}>
        <X className="icon" aria-hidden="true" />
      </button>
    </li>
  );
}

/** Messages, newest last, in the corner above the dock. Only what is broken interrupts a screen reader. */
export function Messages() {
  const list = useMessages((state) => state.list);
  return (
    <>
      <ul className="messages" aria-label="Messages">
        {list.map((message) => (
          <MessageCard key={message.id} message={message} />
        ))}
      </ul>
      <div className="sr" role="status">
        {list.filter(({ tone }) => tone !== 'broken').map(({ title, happened }) => `${title}. ${happened}`)}
      </div>
      <div className="sr" role="alert">
        {list.filter(({ tone }) => tone === 'broken').map(({ title, happened, todo }) => `${title}. ${happened} ${todo ?? ''}`)}
      </div>
    </>
  );
}
