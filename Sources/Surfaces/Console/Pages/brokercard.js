// The MQTT broker as a device: whether it is connected, and if not, why, and what helps.
import { roleIcon } from './devicecard.js';
import { h, setText, showFacts } from './dom.js';
import { age, span } from './format.js';
import { brokerCure } from './problems.js';
import { texts } from './texts.js';

const words = texts.broker;

// The broker among the devices; nothing if the configuration names none.
export const brokers = (mqtt) => (!mqtt || mqtt.state === 'disabled' ? [] : [{ ...mqtt, id: 'mqtt', name: words.name, role: 'broker', state: 'in_use', link: mqtt.state }]);

// How bad its state is.
export const brokerLevel = (broker) => (broker.failure ? 'bad' : broker.link === 'connected' ? 'good' : 'warn');

// A card for `keyedList`.
export function brokerCard() {
  const kind = h('p', { class: 'quiet kind' });
  const stateText = h('span', {});
  const reason = h('p', { class: 'reason' });
  const details = h('dl', { class: 'facts' });
  const element = h('article', { class: 'card device', 'data-id': 'mqtt' },
    h('header', {}, roleIcon('broker'), h('div', { class: 'grow' }, h('h3', {}, words.name)),
      h('p', { class: 'badge' }, h('span', { class: 'dot', 'aria-hidden': 'true' }), stateText)),
    kind, reason, details, h('footer', {}, h('a', { href: '/settings?search=mqtt.' }, words.settings)));
  return {
    element,
    show: (broker) => {
      setText(kind, broker.tls ? words.withTLS(broker.broker) : broker.broker);
      element.dataset.link = broker.link;
      element.dataset.level = brokerLevel(broker);
      setText(stateText, words.states[broker.link] ?? broker.link);
      reason.hidden = !broker.failure;
      setText(reason, broker.failure ? `${words.failure(broker.failure.message)} ${brokerCure(broker.failure)}` : '');
      showFacts(details, [
        [words.since, span(age(broker.since))], [words.topic, broker.topic ?? words.noTopic],
        [words.messages, words.counts(broker.messages_received, broker.messages_sent)],
        ...(broker.messages_dropped > 0 ? [[words.dropped, String(broker.messages_dropped)]] : []),
        ...(broker.failure?.retry_seconds ? [[words.attempts, words.attempt(broker.failure.failures, Math.round(broker.failure.retry_seconds))]] : []),
      ]);
    },
  };
}
