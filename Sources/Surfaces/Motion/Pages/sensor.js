// The page at /sensor/: acceleration and rotation of a phone.
'use strict';

const element = (id) => document.getElementById(id);
const shownPoints = 200;
const colours = { x: '#d1495b', y: '#2e8b57', z: '#3d7edb' };
const plots = [
  { canvas: 'acceleration', quantities: ['acceleration', 'raw_acceleration'], limit: 60 },
  { canvas: 'rotation', quantities: ['rotation', 'raw_rotation'], limit: 30 },
];
const phones = new Map();

element('url').textContent = `${location.origin}/data`;
for (const mark of document.querySelectorAll('#legend [data-axis]')) mark.style.color = colours[mark.dataset.axis];

const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
const stream = new ReconnectingWebSocket(`${scheme}://${location.host}/sensor/stream`);

stream.onstate = (state, delay) => {
  element('state').dataset.state = state;
  element('state').textContent = state === 'waiting' ? `reconnecting in ${(delay / 1000).toFixed(1)} s` : state;
  // The first message after a connection holds the latest points again.
  if (state === 'connected') phones.clear();
};

stream.onevent = (message) => {
  if (message.type !== 'motion') return;
  if (!phones.has(message.phone)) {
    phones.set(message.phone, { series: {} });
    listPhones();
  }
  const phone = phones.get(message.phone);
  phone.clock = message.clock;
  for (const [quantity, samples] of Object.entries(message.samples)) {
    phone.series[quantity] = (phone.series[quantity] ?? []).concat(samples).slice(-shownPoints);
  }
  schedule();
};

function listPhones() {
  const selected = element('phone').value;
  const options = [...phones.keys()].sort().map((name) => new Option(name, name, false, name === selected));
  element('phone').replaceChildren(...options);
}

let scheduled = false;
function schedule() {
  if (scheduled || document.hidden) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    const phone = phones.get(element('phone').value);
    for (const plot of plots) {
      const quantity = plot.quantities.find((name) => phone?.series[name]?.length > 0);
      draw(element(plot.canvas), phone?.series[quantity] ?? [], plot.limit);
    }
    showClock(phone?.clock);
  });
}

function showClock(clock) {
  const offset = clock ? Math.abs(clock.offset_seconds).toFixed(2) : null;
  const side = clock?.offset_seconds < 0 ? 'ahead of' : 'behind';
  element('clock').textContent =
    clock ? `its clock is ${offset} s (± ${clock.error_seconds.toFixed(2)} s) ${side} the gateway's` : '';
}

function draw(canvas, samples, limit) {
  const ratio = window.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  canvas.dataset.points = samples.length;
  const pen = canvas.getContext('2d');
  pen.scale(ratio, ratio);
  const left = 40;
  const x = (index) => left + (width - left - 8) * index / (shownPoints - 1);
  const y = (value) => height / 2 - (height / 2 - 12) * Math.max(-limit, Math.min(limit, value)) / limit;
  pen.font = '12px system-ui, sans-serif';
  pen.fillStyle = getComputedStyle(document.body).color;
  pen.strokeStyle = 'rgb(128 128 128 / 30%)';
  for (const value of [-limit, -limit / 2, 0, limit / 2, limit]) {
    pen.beginPath();
    pen.moveTo(left, y(value));
    pen.lineTo(width - 8, y(value));
    pen.stroke();
    pen.fillText(String(value), 8, y(value) + 4);
  }
  ['x', 'y', 'z'].forEach((axis, position) => {
    pen.strokeStyle = colours[axis];
    pen.lineWidth = 1.5;
    pen.beginPath();
    samples.forEach((sample, index) => {
      const place = x(shownPoints - samples.length + index);
      if (index === 0) pen.moveTo(place, y(sample[position + 1]));
      else pen.lineTo(place, y(sample[position + 1]));
    });
    pen.stroke();
  });
}

element('phone').onchange = schedule;
window.onresize = schedule;
document.onvisibilitychange = schedule;
schedule();
