// The device table of the console: name, target, state and adoption.
'use strict';

{
  const table = document.getElementById('devices');
  const trouble = document.getElementById('devices-trouble');
  const rows = new Map();
  const states = { in_use: 'in use', waiting: 'waiting for adoption', listed: 'listed only', forgotten: 'forgotten' };
  const links = { absent: 'away', seen: 'in the air', connected: 'connected' };

  const create = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  const token = () => sessionStorage.getItem('token');

  async function updateDevice(id, change) {
    const headers = { 'Content-Type': 'application/json' };
    if (token()) headers.Authorization = `Bearer ${token()}`;
    const answer = await fetch(`/api/devices/${encodeURIComponent(id)}`, {
      method: 'POST', headers, body: JSON.stringify(change),
    });
    if (answer.status === 401) {
      const shown = prompt('Changes require the access token of this gateway:');
      if (!shown) throw new Error('access token required');
      sessionStorage.setItem('token', shown);
      return updateDevice(id, change);
    }
    const device = await answer.json();
    if (!answer.ok) throw new Error(device.error);
    trouble.textContent = device.warning ?? '';
  }

  async function applyChange(id, change) {
    try {
      await updateDevice(id, change);
    } catch (error) {
      trouble.textContent = error.message;
    }
    // Restore the stored values after a rejected change.
    rows.get(id)?.reset();
    await refresh();
  }

  function makeRow(id) {
    const name = create('input', { maxLength: 64, ariaLabel: 'Name' });
    const target = create('input', { maxLength: 64, ariaLabel: 'Target', placeholder: 'target', size: 8 });
    name.onchange = () => applyChange(id, { name: name.value });
    target.onchange = () => applyChange(id, { target: target.value });
    const adopt = create('button', { type: 'button', textContent: 'Use', onclick: () => applyChange(id, { adopt: true }) });
    const leave = create('button', {
      type: 'button', textContent: 'Leave alone', onclick: () => applyChange(id, { adopt: false }),
    });
    const forget = create('button', {
      type: 'button', textContent: 'Forget', onclick: () => applyChange(id, { forget: true }),
    });
    const [what, state, charge, signal, seen] = [1, 2, 3, 4, 5].map(() => create('td'));
    const element = create('tr', {}, create('td', {}, name), what, create('td', {}, target), state, charge, signal, seen,
      create('td', { className: 'actions' }, adopt, leave, forget));
    charge.className = signal.className = 'number';
    element.dataset.id = id;

    const fill = (input, text) => {
      if (document.activeElement !== input) input.value = text;
    };
    return {
      element,
      reset: () => document.activeElement instanceof HTMLInputElement && document.activeElement.blur(),
      show: (device) => {
        fill(name, device.given_name ?? '');
        name.placeholder = device.own_name ?? device.id;
        what.textContent = `${device.family} · ${device.transport}`;
        what.title = device.id;
        target.hidden = device.role !== 'sensor';
        fill(target, device.target ?? '');
        const notes = device.notes.map((note) => note.text);
        state.textContent = [states[device.state], links[device.link], ...notes].join(', ');
        charge.textContent = device.battery === null ? '' : `${device.battery} %`;
        signal.textContent = device.signal === null ? '' : `${device.signal} dBm`;
        seen.textContent = device.link === 'connected' ? 'now' : device.last_seen === null ? 'never' : new Date(device.last_seen).toLocaleString();
        adopt.hidden = device.state === 'in_use';
        leave.hidden = device.state !== 'in_use' && device.state !== 'waiting';
        forget.hidden = device.state === 'forgotten';
        element.hidden = device.state === 'forgotten' && !document.getElementById('devices-forgotten').checked;
        element.dataset.state = device.state;
      },
    };
  }

  async function refresh() {
    let devices;
    try {
      devices = (await (await fetch('/api/devices')).json()).devices;
    } catch {
      return; // The connection state above shows that the gateway is unreachable.
    }
    for (const [id, row] of rows) {
      if (devices.some((device) => device.id === id)) continue;
      row.element.remove();
      rows.delete(id);
    }
    const isTyping = table.contains(document.activeElement) && document.activeElement instanceof HTMLInputElement;
    devices.forEach((device, place) => {
      if (!rows.has(device.id)) rows.set(device.id, makeRow(device.id));
      const row = rows.get(device.id);
      row.show(device);
      // Moving a row would interrupt typing in it.
      if (isTyping && row.element.isConnected) return;
      if (table.children[place] !== row.element) table.insertBefore(row.element, table.children[place] ?? null);
    });
    document.getElementById('devices-none').hidden = devices.length > 0;
  }

  document.getElementById('devices-forgotten').onchange = refresh;
  window.refreshDevices = refresh;
  refresh();
  setInterval(refresh, 2000);
}
