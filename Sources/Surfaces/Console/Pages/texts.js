// Every text of the console, so that another language is one file.

const many = (count, one, more) => `${count} ${count === 1 ? one : more}`;

export const texts = {
  pages: {
    overview: { link: 'Overview', title: 'LeadVille Gateway' }, range: { link: 'Range', title: 'Range' }, hearts: { link: 'Hearts', title: 'Hearts' },
    mat: { link: 'Mat', title: 'Pressure mat' }, motion: { link: 'Motion', title: 'Motion' },
    heartbeat: { link: 'Heartbeat', title: 'Heartbeat monitor' }, targets: { link: 'Targets', title: 'Targets and sensors' },
    events: { link: 'Events', title: 'Events' }, log: { link: 'Log', title: 'Log' }, tokens: { link: 'Access', title: 'Access' },
    socket: { link: 'Socket', title: 'LeadVille live socket' }, kiosk: { title: 'LeadVille' }, overlay: { title: 'Overlay' },
  },
  connection: {
    connecting: 'connecting', connected: 'connected', disconnected: 'disconnected', waiting: (delay) => `reconnecting in ${delay} s`,
  },
  shell: {
    navigation: 'Pages', menu: 'Menu', skip: 'Skip to the content', home: 'LeadVille Gateway, overview', clock: 'Clock of the gateway',
    clockDiffers: (seconds) => `The gateway's clock differs from this device's by ${Math.round(seconds)} s`,
    attention: (count) => (count === 1 ? '1 problem' : `${count} problems`),
  },
  token: {
    title: 'Access token', reason: 'Changes require the access token of this gateway.', wrong: 'The gateway rejects this token. Enter the access token again.',
    field: 'Token', keep: 'Keep it in this browser', confirm: 'Continue', missing: 'Nothing was changed: the access token is missing.',
  },
  tokens: {
    own: 'This browser', title: 'Tokens', signIn: 'Sign in', signOut: 'Sign out', listed: 'Tokens that are admitted', columns: ['Name', 'May', 'Made', 'Last used'],
    roles: { read: 'read', operate: 'operate', admin: 'administer' }, name: 'For', role: 'May', example: 'Tablet at bay 3', add: 'Make a token', never: 'never',
    text: 'The token', made: (name) => `Token for ${name}`, once: 'Copy it now: it is shown only this time.', revoke: 'Revoke', revokeNamed: (name) => `Revoke ${name}`,
    revokeWarning: (name) => `Revoke the token of ${name}? What its clients have open is closed.`, signedIn: (name, role) => `Signed in with the token ${name}: may ${role}.`,
    anonymous: (hasTokens, may) => `${hasTokens ? 'Not signed in' : 'No token exists'}: may ${may.length > 0 ? may.join(', ') : 'do nothing'}.`,
    notAdmin: 'Tokens are made by an administrator, or on the gateway with: sudo leadville-gateway token add NAME',
  },
  overview: {
    loading: 'Loading', problems: 'Problems', devices: 'Devices', showForgotten: 'Show forgotten devices',
    noDevices: 'No devices yet. Switch on a timer, a sensor or a strap, or plug in a board or a mat: it appears here by itself.',
    attention: (count) => `${many(count, 'thing needs', 'things need')} attention`, allWell: (count) => `All well: ${many(count, 'device', 'devices')} in use`,
    ready: 'Ready', connected: 'devices connected', off: 'off', works: 'works', fails: 'fails', missing: 'missing',
    stored: (size, waiting, dropped) => `${size}${waiting > 0 ? `, ${waiting} waiting` : ''}${dropped > 0 ? `, ${dropped} dropped` : ''}`,
    notStored: 'nothing is stored', synchronised: 'exact', synchronisedDetail: 'synchronised', free: 'local', freeDetail: 'not synchronised',
    uptime: (time) => `running for ${time}`,
    tiles: { devices: 'Devices', clients: 'Clients', store: 'Store', clock: 'Clock', adapter: 'Bluetooth', version: 'Version' },
    surfaces: { live: 'live', heart: 'hearts', motion: 'motion', heartbeat: 'heartbeat', pages: 'pages' },
  },
  actions: {
    seen: 'Seen', use: 'Use it', leave: 'Leave it alone', assign: 'Assign', about: (action, name) => (name ? `${action}: ${name}` : action),
  },
  problems: {
    warningCure: 'Run leadville-gateway doctor on the gateway: it names the remedy.',
    store: (waiting) => `The store cannot write: ${waiting} events wait in memory`, storeCure: 'Check the disk: it may be full, read-only or removed.',
    adapter: 'There is no usable Bluetooth adapter', adapterCure: 'Plug one in, or run leadville-gateway doctor on the gateway.',
    clock: 'The clock is not synchronised', clockCure: 'Events carry the time of this machine; connect it to a network with a time server.',
    waiting: (name) => `${name} was found and waits for a decision`, waitingCure: 'Use it if it belongs to this range.',
    note: (name, text) => `${name} ${text}`,
    died: (name, battery) => `${name} is away; its battery was at ${battery} %`, diedCure: 'Charge it or change its battery, then switch it on.',
    away: (name, time) => `${name} was last seen ${time} ago`,
    awayCure: { bluetooth: 'Switch it on or bring it closer.', serial: 'Plug it in again, or check its cable.', network: 'Check its power and its Wi-Fi.' },
    battery: (name, battery) => `${name} has ${battery} % of its battery left`, batteryCure: 'Charge it or change its battery before the next string.',
    noTarget: (name) => `${name} has no target`, noTargetCure: 'Its hits carry the name of the sensor until it has one.',
  },
  device: {
    battery: 'Battery', signal: 'Signal', edit: 'Settings', editNamed: (name) => `Settings of ${name}`, kind: (family, transport) => `${family} · ${transport}`,
    links: { absent: 'away', seen: 'in the air', connected: 'connected' },
    states: { in_use: 'in use', waiting: 'waiting for adoption', listed: 'listed only', forgotten: 'forgotten' },
    lastSeen: 'Last seen', now: 'now', never: 'never', ago: (time) => `${time} ago`, rate: 'Rate', perSecond: (rate) => `${rate} / s`,
    drops: 'Errors', dropCounts: (refused, losses) => `${refused} rejected, ${losses} lost links`, target: 'Target', noTarget: 'none', user: 'User',
    name: 'Name', save: 'Save', use: 'Use', leave: 'Leave alone', forget: 'Forget', id: 'Id', own: 'Own name', firstSeen: 'First seen', frames: 'Frames',
    refused: 'Rejected', losses: 'Lost links',
    lossReasons: { link_lost: 'out of reach', disconnected: 'disconnected', silent: 'silent', unplugged: 'unplugged', released: 'released' },
    forgetWarning: (name) => `Forget ${name}? Its name, its target and its history are deleted.`,
  },
  range: {
    noRun: 'No string yet', rename: 'Change the name', askShooter: 'Name of the shooter', timeline: 'Timeline', shots: 'Shots', targets: 'Targets', beep: 'beep',
    columns: ['Shot', 'Time', 'Split', 'Hit'], waiting: 'Waiting for the beep.', noShots: 'Waiting for the first shot.', stray: 'Without a shot', why: 'Why?',
    noTargets: 'No targets yet. Add them on the page Targets.', whyTitle: (target, shot) => (shot === null ? `Why ${target} has no shot` : `Why ${target} was hit by shot ${shot}`),
    legend: 'Seconds after the beep. An arc joins a shot to its hit; the bars are their error limits. Select a hit to see why.',
    figures: { last: 'last shot, s', split: 'split, s', shots: 'shots', hits: 'hits', first: 'first shot, s', best: 'best split, s' },
    states: { started: 'running', completed: 'completed', interrupted: 'interrupted', timeout: 'timed out', unknown: 'timer lost' },
    timelineLabel: (shots, hits, time) => `${many(shots, 'shot', 'shots')}, ${many(hits, 'hit', 'hits')}, ${time} seconds`, par: (time) => `par ${time}`,
    shotTitle: (number, time, split, error) => `Shot ${number}: ${time} s, split ${split} s${error ? `, ± ${Math.round(error * 1000)} ms` : ''}`,
    hitTitle: (target, shot, time, confidence) => `${target}: ${time} s, ${shot === null ? 'without a shot' : `shot ${shot}, ${Math.floor((confidence ?? 0) * 100)} % sure`}`,
    control: 'Timer', timer: 'Timer', start: 'Start', stop: 'Stop', sensitivity: 'Sensitivity', setSensitivity: 'Set', sent: 'Sent: the timer answers with its next event.',
    ready: (count) => (count === 1 ? 'Connected.' : `${count} timers are connected.`), timerAway: (name) => `${name} is not connected.`, noTimer: 'No timer yet.',
    next: 'Next string', shooter: 'Shooter', stage: 'Stage', parTimes: 'Par times, s', parExample: '1.5, 3', saveNames: 'Save', saved: 'Saved.',
    parWrong: 'Par times are positive numbers, separated by commas.',
  },
  history: {
    title: 'Latest runs', columns: ['Run', 'Began', 'Shooter', 'Stage', 'Shots', 'Hits', 'Time', 'State'], none: 'No runs yet.', more: 'Show more',
    csv: 'All runs as CSV', json: 'as JSON', remove: 'Delete', removeNamed: (run) => `Delete ${run}`,
    removeWarning: (run, shots) => `Delete ${run}? Its ${many(shots, 'shot', 'shots')} and hits cannot be restored.`,
  },
  why: {
    title: (id) => `Event ${id}`, copy: 'Copy', copied: 'Copied', details: 'All details', decision: (text) => `Decision: ${text}.`,
    paired: (text, percent) => `Decision: ${text}, ${percent} % sure.`, delay: (time, error) => `The impact came ${time} after the shot (± ${error}).`,
    learnt: (time, count) => `For this sensor ${time} are expected, from ${many(count, 'earlier pair', 'earlier pairs')}.`,
    notLearnt: 'The delay of this sensor is not learnt yet.', clock: (error, arrivals) => `The beep is known to ± ${error}, from ${arrivals} reports of the timer.`,
    finding: ({ decided_by: quantity, peak_velocity: peak, duration_seconds: duration, onset_limit: onset, peak_limit: limit, confidence }) =>
      `The sensor moved for ${Math.round(duration * 1000)} ms with a peak of ${peak.toFixed(1)} mm/s. The ${quantity} decided: it exceeds ${limit.toFixed(1)}, `
      + `beginning above ${onset.toFixed(1)}; ${Math.floor(confidence * 100)} % sure.`,
    candidates: 'Shots that were considered', shot: 'Shot', delayColumn: 'Delay', deviation: 'Off by', chosen: 'Chosen',
  },
  hearts: {
    big: 'Big numbers', normal: 'Chart', chart: 'Rates', shown: 'Readings shown', smoothed: 'smoothed', raw: 'raw', user: (name) => name,
    none: 'No heart rates yet. Switch on a board or a strap: its readings appear here.', silent: (time) => `silent for ${time}`, noRate: 'no rate: is the finger on the sensor?',
    statistics: { raw: 'Raw', mean: 'Mean', std: 'Deviation', min: 'Least', max: 'Most' }, chartLabel: (rates) => `Heart rates over the latest readings: ${rates || 'none yet'}`,
  },
  mat: {
    choose: 'Mat', map: 'Pressure', mapLabel: 'Heat map of the mat', numbers: 'Numbers', tare: 'Tare', smooth: 'smooth', trail: 'centre of pressure with its trail',
    none: 'No frame yet. Plug in a mat, or switch one on.', away: (name) => `${name} is away. Plug it in, or switch it on.`,
    tared: (count) => `${many(count, 'mat takes its', 'mats take their')} present frame as zero.`, running: (name, size) => `${name}, ${size} cells`,
    silent: (name, time) => `${name} has sent nothing for ${time} s. The picture shows its last frame.`, perSecond: (rate) => `${rate} / s`,
    names: { total: 'Total', peak: 'Peak', area: 'Contact', centre: 'Centre of pressure', rate: 'Frames' }, centre: (x, y) => `${x} % from the left, ${y} % from the top`,
  },
  motion: {
    phone: 'Phone', none: 'none has sent yet', titles: { acceleration: 'Acceleration, m/s²', rotation: 'Rotation, rad/s' }, latest: 'the latest 200 points',
    plotLabel: (title, points) => `${title}: ${many(points, 'point', 'points')}`, setup: 'Set up a phone',
    setupText: 'In the Sensor Logger app, switch on HTTP push with the URL ',
    clock: (offset, error, isAhead) => `its clock is ${offset} s (± ${error} s) ${isAhead ? 'ahead of' : 'behind'} the gateway's`,
  },
  heartbeat: {
    stress: 'stress', pressure: 'blood pressure', variability: 'variability', chart: 'Two minutes', chartLabel: 'Heart rate over the latest two minutes',
    control: 'Simulation', start: 'Start', stop: 'Stop', stressTest: 'Stress test, 5 s', trigger: 'Raise stress', resting: 'At rest', baseline: 'Resting rate', set: 'Set', done: 'Done.',
    states: { running: 'running', stopped: 'stopped', stale: 'silent' }, api: 'For programs', apiText: 'Programs read the same heart, simulated or measured, over HTTP or /ws/heartbeat.',
  },
  targets: {
    title: 'Targets', sensors: 'Sensors', none: 'No targets yet.', noSensors: 'No sensors yet. Switch one on: it appears here by itself.', newName: 'New target', example: 'Popper 1',
    add: 'Add', remove: 'Delete', removeNamed: (name) => `Delete ${name}`, removeWarning: (name) => `Delete ${name}? Its sensors have no target afterwards; runs keep the name.`,
    mounted: (names) => `Sensor: ${names}`, empty: 'No sensor. Drag one here, or choose this target below.',
    tapHint: 'Tap a plate: its sensor lights up below. Drag a sensor onto a target to assign it.', felt: (name) => `${name} felt an impact.`,
  },
  sensor: {
    target: 'Target', targetOf: (name) => `Target of ${name}`, none: 'none', peak: 'Smallest peak of a hit', threshold: (value) => `${Number(value).toFixed(1)} mm/s`,
    save: 'Save the threshold', saved: 'Saved.', calibrate: 'Calibrate with 5 taps',
    facts: (impacts, delay) => `${many(impacts, 'impact', 'impacts')}${delay === null ? '' : `, ${delay} ms after its shots`}`,
    dryRun: (found, present, seconds) => `This would have found ${many(found, 'impact', 'impacts')} in the last ${seconds} s; the present threshold found ${present}.`,
    calibration: {
      waiting: (taps, of) => `Tap the target: ${taps} of ${of}.`, completed: (taps) => `Calibrated with ${taps} taps.`,
      timed_out: (taps, of) => `Not calibrated: only ${taps} of ${of} taps came in time.`,
    },
  },
  events: {
    filter: 'Filter', filterExample: 'Filter: hit, Popper 1, 60:09…', pause: 'Pause', resume: 'Resume', clear: 'Clear', channels: 'Show', list: 'Events, newest first',
    names: {
      status: 'devices', timer_event: 'timer', sensor_event: 'sensors', run_update: 'runs', heart_rate: 'hearts', health_status: 'health', session_updates: 'sessions',
    },
    count: (shown, all) => `${shown} of ${all} events since this page was opened`, paused: (count) => `Paused: ${count} events have come since.`,
    heart: (user, bpm) => `${user}: ${bpm === null || bpm === undefined ? 'no rate' : `${bpm.toFixed(1)} BPM`}`,
    hit: (target, shot) => (shot === null ? `${target}, without a shot` : `${target}, shot ${shot}`), shot: (number, time) => `Shot ${number}: ${time.toFixed(2)} s`,
    copy: 'Copy', copied: 'Copied', explain: 'Explain',
  },
  log: {
    level: 'Least level', search: 'Search', searchExample: 'Search', follow: 'follow', list: 'Log lines',
    levels: { debug: 'Debug', info: 'Info', notice: 'Notice', warning: 'Warning', error: 'Error' }, count: (shown, all) => `${shown} of ${all} lines`,
  },
  socket: {
    connect: 'Connect', disconnect: 'Disconnect', ping: 'Ping', status: 'Get status', clear: 'Clear log', channels: 'Channels', subscribe: 'Subscribe', unsubscribe: 'Unsubscribe',
    message: 'Message', send: 'Send', messages: 'messages', log: 'Log', notSent: (text) => `not connected, not sent: ${text}`, closed: (code, reason) => `closed: ${code} ${reason}`,
  },
  kiosk: {
    noRun: 'Waiting for the first string', nameless: 'Last string', time: 'time, s', split: 'split, s', shots: 'shots', hits: 'hits', leaders: 'Best of the day', noRuns: 'No completed run today.',
    columns: ['', 'Shooter', 'Stage', 'Hits', 'Time'], hearts: 'Hearts',
  },
  overlay: { labels: { shot: 'time', split: 'split', count: 'shots', hits: 'hits', name: 'shooter', stage: 'stage', heart: 'BPM' } },
};
