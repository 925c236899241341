// An overlay for OBS on a transparent background. The address says what it shows:
//   /overlay?show=shot,split,hits,name,heart&user=1&timer=60:09:C3:1F:DC:1A&align=right&size=72
import { get } from './api.js';
import { h, setText } from './dom.js';
import { rate, seconds } from './format.js';
import { openLive } from './live.js';
import { RunModel, shotsOf } from './runmodel.js';
import { texts } from './texts.js';

const words = texts.overlay;
const silentAfter = 10000;
const query = new URLSearchParams(location.search);
const wanted = (query.get('show') ?? 'shot,split,hits').split(',').map((name) => name.trim()).filter((name) => name in words.labels);
const model = new RunModel();
let heart = null;
document.title = texts.pages.overlay.title;
document.body.dataset.align = ['right', 'center'].includes(query.get('align')) ? query.get('align') : 'left';
document.body.style.setProperty('--size', `${Math.min(300, Math.max(16, Number(query.get('size')) || 64))}px`);

const chips = Object.fromEntries(wanted.map((name) => {
  const value = h('strong', {}, '–');
  const element = h('div', { class: 'chip', 'data-show': name }, value, h('span', {}, words.labels[name]));
  return [name, { value, element }];
}));
document.body.append(h('main', { class: 'overlay' }, Object.values(chips).map((chip) => chip.element)));

const set = (name, text) => { if (chips[name]) setText(chips[name].value, text); };

function showRun() {
  const { run } = model;
  if (run === null) return;
  const shots = shotsOf(run);
  const last = shots.at(-1);
  set('shot', last ? seconds(last.time) : '0.00');
  set('split', shots.length > 1 ? seconds(last.split) : '–');
  set('count', String(shots.length));
  set('hits', `${[...run.hits.values()].filter((hit) => hit.shot !== null).length}/${shots.length}`);
  set('name', run.shooter ?? '–');
  set('stage', run.stage ?? '–');
}

function showHeart() {
  set('heart', rate(heart !== null && Date.now() - heart.time < silentAfter ? heart.bpm : null));
}

const isWanted = (run) => !query.has('timer') || query.get('timer') === run.device_id;

async function load() {
  const { runs } = await get('/api/runs?limit=20');
  const latest = runs.find(isWanted);
  if (latest) model.load(latest);
  showRun();
}

openLive(wanted.includes('heart') ? ['run_update', 'heart_rate'] : ['run_update'], (event) => {
  if (event.event_type === 'heart_rate_measured') {
    if (query.has('user') && String(event.user) !== query.get('user')) return;
    heart = { bpm: event.data.bpm, time: Date.now() };
    showHeart();
  } else if (event.type === 'run_update' && isWanted(event.data)) {
    if (!model.apply(event)) load().catch(() => {});
    showRun();
  }
}, () => load().catch(() => {}));
setInterval(showHeart, 1000);
