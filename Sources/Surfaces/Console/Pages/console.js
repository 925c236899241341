// The console: heart rates and recent events, live.
'use strict';

const element = (id) => document.getElementById(id);
const shownLines = 100;
const hearts = new Map();

const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
const live = new ReconnectingWebSocket(`${scheme}://${location.host}/ws/live`);
live.subscribe(['status', 'sensor_event', 'timer_event', 'run_update', 'heart_rate']);

live.onstate = (state, delay) => {
  element('state').dataset.state = state;
  element('state').textContent = state === 'waiting' ? `reconnecting in ${(delay / 1000).toFixed(1)} s` : state;
};

live.onevent = (event) => {
  if (event.type === 'heart_rate') {
    // Single beats and finger contact are not shown here.
    if (event.event_type !== 'heart_rate_measured') return;
    hearts.set(JSON.stringify(event.user), event);
    showHearts();
    return;
  }
  if (/^device_|^battery_low$/.test(event.event_type)) refreshDevices();
  const line = document.createElement('li');
  line.className = event.type === 'status' ? 'status' : 'event';
  const detail = event.message ?? event.data?.event_detail ?? event.run_id ?? event.sensor_id ?? '';
  line.textContent = `${event.timestamp ?? ''}  ${event.event_type}  ${detail}`;
  element('log').prepend(line);
  while (element('log').childElementCount > shownLines) element('log').lastElementChild.remove();
};

function cell(text, isNumber) {
  const cell = document.createElement('td');
  cell.textContent = text;
  if (isNumber) cell.className = 'number';
  return cell;
}

function showHearts() {
  const rows = [...hearts.values()].map((event) => {
    const row = document.createElement('tr');
    const seconds = Math.max(0, Math.round((Date.now() - Date.parse(event.timestamp)) / 1000));
    row.append(
      cell(String(event.user)),
      cell(event.data.bpm === null ? '--' : event.data.bpm.toFixed(1), true),
      cell(String(event.data.bpm_raw), true),
      cell(event.device_id),
      cell(seconds < 2 ? 'now' : `${seconds} s ago`));
    return row;
  });
  if (rows.length > 0) element('hearts').replaceChildren(...rows);
}

setInterval(showHearts, 1000);
