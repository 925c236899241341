// The settings of one device: name, target or user, and whether the gateway uses it.
import { change } from './api.js';
import { h, openDialog } from './dom.js';
import { dateTime } from './format.js';
import { actionButton, announce } from './shell.js';
import { texts } from './texts.js';

export async function changeDevice(device, members) {
  const answer = await change('POST', `/api/devices/${encodeURIComponent(device.id)}`, members);
  if (answer.warning) announce(answer.warning);
}

// `targets`: those that a sensor can be assigned to. `changed()` reloads what the page shows.
export function editDevice(device, targets, changed) {
  const words = texts.device;
  const name = h('input', { id: 'device-name', maxLength: 64, value: device.given_name ?? '', placeholder: device.own_name ?? device.id });
  const isKnown = device.target === null || targets.some((each) => each.id === device.target);
  const choices = [{ id: '', name: words.noTarget }, ...targets, ...(isKnown ? [] : [{ id: device.target, name: device.target }])];
  const target = h('select', { id: 'device-target' }, choices.map(({ id, name }) => {
    const isPresent = id === (device.target ?? '');
    return new Option(name, id, isPresent, isPresent);
  }));
  const user = h('input', { id: 'device-user', type: 'number', min: 0, value: device.user ?? '' });
  const apply = async (members) => {
    await changeDevice(device, members);
    dialog.close();
    changed();
  };
  const form = h('form', {},
    h('label', { htmlFor: 'device-name' }, words.name), name,
    device.role === 'sensor' && [
      h('label', { htmlFor: 'device-target' }, words.target), target],
    device.role === 'heart' && device.transport !== 'network' && [h('label', { htmlFor: 'device-user' }, words.user), user],
    h('p', { class: 'row end' }, h('button', { class: 'primary' }, words.save)));
  form.addEventListener('submit', (submit) => {
    submit.preventDefault();
    const members = { name: name.value === '' ? null : name.value };
    if (device.role === 'sensor') members.target = target.value === '' ? null : target.value;
    if (device.role === 'heart' && device.transport !== 'network') members.user = user.value === '' ? null : Number(user.value);
    apply(members).catch((error) => announce(error.message));
  });
  const forget = actionButton(words.forget, async () => {
    if (confirm(words.forgetWarning(device.name))) await apply({ forget: true });
  }, { class: 'danger' });
  const facts = [
    [words.id, device.id], [words.own, device.own_name ?? '–'], [words.firstSeen, device.first_seen ? dateTime(device.first_seen) : words.never],
    [words.frames, device.frames.toLocaleString()], [words.refused, device.refused.toLocaleString()],
    [words.losses, `${device.losses}${device.last_loss ? ` (${words.lossReasons[device.last_loss] ?? device.last_loss})` : ''}`],
  ];
  const dialog = openDialog(device.name, form,
    h('dl', { class: 'facts wide' }, facts.map(([label, value]) => h('div', {}, h('dt', {}, label), h('dd', {}, value)))),
    h('p', { class: 'row' },
      device.state !== 'in_use' && actionButton(words.use, () => apply({ adopt: true }), { class: 'primary' }),
      (device.state === 'in_use' || device.state === 'waiting') && device.transport !== 'network'
        && actionButton(words.leave, () => apply({ adopt: false })),
      device.state !== 'forgotten' && forget));
}
