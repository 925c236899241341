// The page at /hearts: a live curve of the latest readings for each user.
'use strict';

const element = (id) => document.getElementById(id);
const keptReadings = 1000;
const silentAfter = 10000;
const users = new Map();

const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
const live = new ReconnectingWebSocket(`${scheme}://${location.host}/ws/live`);
live.subscribe(['heart_rate']);

live.onstate = (state, delay) => {
  element('state').dataset.state = state;
  element('state').textContent = state === 'waiting' ? `reconnecting in ${(delay / 1000).toFixed(1)} s` : state;
};

live.onevent = (event) => {
  if (event.event_type !== 'heart_rate_measured') return;
  const key = JSON.stringify(event.user);
  if (!users.has(key)) users.set(key, { name: String(event.user), colour: colour(users.size), rates: [] });
  const user = users.get(key);
  user.latest = event;
  user.lastReading = Date.now();
  user.rates.push(event.data.bpm);
  if (user.rates.length > keptReadings) user.rates.shift();
  schedule();
};

// Hues that stay distinct for any number of users.
function colour(index) {
  return `hsl(${(20 + index * 137.5) % 360} 70% 48%)`;
}

let scheduled = false;
function schedule() {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    draw();
    list();
  });
}

function shownReadings() {
  const wanted = Number(element('samples').value) || 50;
  return Math.min(Math.max(wanted, 10), keptReadings);
}

// The scale follows the readings, with a margin.
function scale(series) {
  const rates = series.flatMap((user) => user.shown).filter((rate) => rate !== null);
  if (rates.length === 0) return { low: 40, high: 120 };
  const low = Math.min(...rates);
  const high = Math.max(...rates);
  const room = Math.max(5, (high - low) * 0.1);
  return { low: Math.floor(low - room), high: Math.ceil(high + room) };
}

function draw() {
  const canvas = element('plot');
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const pen = canvas.getContext('2d');
  pen.scale(ratio, ratio);
  const count = shownReadings();
  const series = [...users.values()].map((user) => ({ ...user, shown: user.rates.slice(-count) }));
  const { low, high } = scale(series);
  canvas.dataset.low = low;
  canvas.dataset.high = high;
  const left = 40;
  const x = (index) => left + (width - left - 8) * index / (count - 1);
  const y = (rate) => height - 12 - (height - 24) * (rate - low) / (high - low);

  const style = getComputedStyle(document.body);
  pen.font = '12px system-ui, sans-serif';
  pen.fillStyle = style.color;
  pen.strokeStyle = 'rgb(128 128 128 / 30%)';
  pen.lineWidth = 1;
  for (let line = 0; line <= 4; line += 1) {
    const rate = low + (high - low) * line / 4;
    pen.beginPath();
    pen.moveTo(left, y(rate));
    pen.lineTo(width - 8, y(rate));
    pen.stroke();
    pen.fillText(rate.toFixed(0), 8, y(rate) + 4);
  }
  for (const user of series) {
    pen.strokeStyle = user.colour;
    pen.lineWidth = 2;
    pen.beginPath();
    let isDown = false;
    user.shown.forEach((rate, index) => {
      const place = x(count - user.shown.length + index);
      // A missing rate is a gap in the line.
      if (rate === null) isDown = false;
      else if (isDown) pen.lineTo(place, y(rate));
      else {
        pen.moveTo(place, y(rate));
        isDown = true;
      }
    });
    pen.stroke();
  }
}

function cell(text, isNumber) {
  const cell = document.createElement('td');
  cell.textContent = text;
  if (isNumber) cell.className = 'number';
  return cell;
}

function list() {
  const rows = [...users.values()].map((user) => {
    const { data } = user.latest;
    const digits = (value) => (value === undefined ? '' : value.toFixed(1));
    const row = document.createElement('tr');
    const name = cell(user.name);
    name.style.color = user.colour;
    const silence = Date.now() - user.lastReading;
    row.append(
      name,
      cell(data.bpm === null ? '--' : data.bpm.toFixed(1), true),
      cell(String(data.bpm_raw), true),
      cell(digits(data.statistics?.mean), true),
      cell(digits(data.statistics?.std), true),
      cell(digits(data.statistics?.min), true),
      cell(digits(data.statistics?.max), true),
      cell(silence < silentAfter ? user.latest.device_id : `silent for ${Math.round(silence / 1000)} s`));
    return row;
  });
  if (rows.length > 0) element('users').replaceChildren(...rows);
}

element('samples').oninput = schedule;
window.onresize = schedule;
setInterval(schedule, 1000);
draw();
