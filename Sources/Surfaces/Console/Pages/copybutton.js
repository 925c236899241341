// A button that copies a text, also on pages without TLS, where the browser offers no clipboard.
import { h, setText } from './dom.js';
import { texts } from './texts.js';

const words = texts.copy;

// `text()` is asked when somebody presses. `about` says what is copied, where several buttons are near each other.
export function copyButton(text, about = null) {
  const button = h('button', { type: 'button', 'aria-label': about && words.about(about) }, words.copy);
  button.addEventListener('click', async () => setText(button, await copy(text(), button) ? words.copied : words.failed));
  return button;
}

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Beside the button, because a dialogue lets nothing outside of it be selected.
    const area = h('textarea', { class: 'hidden-text', value: text, readOnly: true });
    button.after(area);
    area.select();
    const isCopied = document.execCommand('copy');
    area.remove();
    button.focus();
    return isCopied;
  }
}
