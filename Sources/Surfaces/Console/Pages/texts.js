// Every text of the console, so that another language is one file.

const many = (count, one, more) => `${count} ${count === 1 ? one : more}`;

export const texts = {
  pages: {
    overview: { link: 'Overview', title: 'LeadVille Gateway' }, range: { link: 'Range', title: 'Range' }, hearts: { link: 'Hearts', title: 'Hearts' },
    mat: { link: 'Mat', title: 'Pressure mat' }, motion: { link: 'Motion', title: 'Motion' }, heartbeat: { link: 'Heartbeat', title: 'Heartbeat monitor' }, targets: { link: 'Targets', title: 'Targets and sensors' },
    events: { link: 'Events', title: 'Events' }, log: { link: 'Log', title: 'Log' }, tokens: { link: 'Access', title: 'Access' },
    settings: { link: 'Settings', title: 'Settings' }, socket: { link: 'Socket', title: 'LeadVille live socket' }, kiosk: { title: 'LeadVille' }, overlay: { title: 'Overlay' } },
  dialog: { close: 'Close' },
  progress: { stop: 'Stop', begun: 'Begun.', download: 'Download', received: (size) => `${size} received`, file: 'download', trial: 'Trying these thresholds' },
  search: {
    open: 'Search for devices', title: 'Search for devices', intro: 'Bluetooth devices that are switched on and near. Connected ones say nothing into the air: they are on the page already.',
    stop: 'Stop', again: 'Search again', searching: (count, seconds) => `${count} found, ${seconds} s left`,
    done: (count) => (count === 0 ? 'Nothing was found. Switch the device on, and bring it nearer.' : `${many(count, 'device', 'devices')} found.`) },
  connection: { connecting: 'connecting', connected: 'connected', disconnected: 'disconnected', waiting: (delay) => `reconnecting in ${delay} s` },
  shell: { navigation: 'Pages', menu: 'Menu', skip: 'Skip to the content', home: 'LeadVille Gateway, overview', clock: 'Clock of the gateway', clockDiffers: (seconds) => `The gateway's clock differs from this device's by ${Math.round(seconds)} s`, attention: (count) => (count === 1 ? '1 problem' : `${count} problems`) },
  token: { title: 'Access token', reason: 'Changes require the access token of this gateway.', wrong: 'The gateway rejects this token. Enter the access token again.', field: 'Token', keep: 'Keep it in this browser', confirm: 'Continue', missing: 'Nothing was changed: the access token is missing.' },
  tokens: {
    own: 'This browser', title: 'Tokens', signIn: 'Sign in', signOut: 'Sign out', listed: 'Tokens that are admitted', columns: ['Name', 'May', 'Made', 'Last used'],
    roles: { read: 'read', operate: 'operate', admin: 'administer' }, name: 'For', role: 'May', example: 'Tablet at bay 3', add: 'Make a token', never: 'never', text: 'The token', made: (name) => `Token for ${name}`, once: 'Copy it now: it is shown only this time.', revoke: 'Revoke', revokeNamed: (name) => `Revoke ${name}`,
    revokeWarning: (name) => `Revoke the token of ${name}? What its clients have open is closed.`, signedIn: (name, role) => `Signed in with the token ${name}: may ${role}.`,
    joinTitle: 'Join the network', join: (name, password) => `The gateway has a Wi-Fi network of its own: ${name}, with the password ${password}. Point the camera of a phone at the code to join it.`, joinPicture: (name) => `QR code: join ${name}`, anonymous: (hasTokens, may) => `${hasTokens ? 'Not signed in: may' : 'There is no token yet: everybody may'} ${may.length > 0 ? may.join(', ') : 'do nothing'}.`,
    first: 'As soon as there is one token, a change needs a token that allows it. Make the first one for yourself, so that it may administer.',
    notAdmin: 'Tokens are made by an administrator, or on the gateway with: sudo leadville-gateway token add NAME' },
  overview: {
    loading: 'Loading', problems: 'Problems', devices: 'Devices', showForgotten: 'Show forgotten devices',
    noDevices: 'No devices yet. Switch on a timer, a sensor or a strap, or plug in a board or a mat: it appears here by itself.',
    attention: (count) => `${many(count, 'thing needs', 'things need')} attention`, allWell: (count) => `All well: ${many(count, 'device', 'devices')} in use`,
    ready: 'Ready', connected: 'devices connected', off: 'off', works: 'works', fails: 'fails', missing: 'missing',
    stored: (size, waiting, dropped) => `${size}${waiting > 0 ? `, ${waiting} waiting` : ''}${dropped > 0 ? `, ${dropped} dropped` : ''}`,
    notStored: 'nothing is stored', synchronised: 'exact', clockError: (seconds) => (seconds < 0.001 ? 'synchronised, off by less than 1 ms' : `synchronised, off by at most ${seconds < 1 ? `${Math.ceil(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`}`), free: 'local', freeDetail: 'not synchronised',
    uptime: (time) => `running for ${time}`, targetsLink: 'Thresholds, calibration and new targets',
    tiles: { devices: 'Devices', clients: 'Clients', store: 'Store', clock: 'Clock', adapter: 'Bluetooth', mqtt: 'MQTT broker', version: 'Version' },
    surfaces: { live: 'live', heart: 'hearts', motion: 'motion', heartbeat: 'heartbeat', pages: 'pages' } },
  actions: { setClock: 'Take the time of this device', seen: 'Seen', use: 'Use it', leave: 'Leave it alone', assign: 'Assign', settings: 'Show the settings', about: (action, name) => (name ? `${action}: ${name}` : action) },
  problems: {
    warningCure: 'Run leadville-gateway doctor on the gateway: it names the remedy.',
    store: (waiting) => `The store cannot write: ${waiting} events wait in memory`, storeCure: 'Check the disk: it may be full, read-only or removed.',
    broker: (broker, message) => `MQTT broker ${broker}: ${message}`,
    adapter: 'There is no usable Bluetooth adapter', adapterCure: 'Plug one in, or run leadville-gateway doctor on the gateway.',
    timeUnknown: 'The gateway does not know the time', timeUnknownCure: (time) => `Its clock differs from this device's by ${time}. If this device is right, let the gateway take its time; the times of the runs since it was switched on are corrected.`, clock: 'The clock is not synchronised', clockCure: 'Events carry the time of this machine; connect it to a network with a time server.',
    waiting: (name) => `${name} was found and waits for a decision`, waitingCure: 'Use it if it belongs to this range.', note: (name, text) => `${name} ${text}`,
    diedAt: (name, time) => `${name} died on low battery at ${time}`, diedAndBackCure: 'It is back. Check its battery before the next string.',
    died: (name, battery) => `${name} is away; its battery was at ${battery} %`, diedCure: 'Charge it or change its battery, then switch it on.', away: (name, time) => `${name} was last seen ${time} ago`,
    awayCure: { bluetooth: 'Switch it on or bring it closer.', serial: 'Plug it in again, or check its cable.', network: 'Check its power and its Wi-Fi.' },
    battery: (name, battery) => `${name} has ${battery} % of its battery left`, batteryCure: 'Charge it or change its battery before the next string.',
    noTarget: (name) => `${name} has no target`, noTargetCure: 'Its hits carry the name of the sensor until it has one.' },
  broker: {
    name: 'MQTT broker', settings: 'Settings', states: { connected: 'connected', connecting: 'connecting', waiting: 'away' }, withTLS: (broker) => `${broker}, with TLS`,
    since: 'For', topic: 'Phones send to', noTopic: 'nothing is received', messages: 'Messages', counts: (received, sent) => `${received} received, ${sent} sent`,
    dropped: 'Dropped', attempts: 'Attempts', attempt: (count, delay) => `${count} failed, next in ${delay} s`, failure: (message) => `${message[0].toUpperCase()}${message.slice(1)}.`,
    cures: {
      name_unknown: 'Check mqtt.host, and the name server of the network.', refused: 'Start the broker, or correct mqtt.host and mqtt.port.',
      unreachable: 'Check the network cable or the Wi-Fi of the gateway.', timed_out: 'Check that the broker is switched on, and that no firewall is on the way.',
      silent: 'Check that the broker is switched on, and its network.', closed: 'The gateway connects again by itself. If that does not help, read the log of the broker.',
      bad_credentials: 'Correct mqtt.username and mqtt.password_file.', unavailable: 'Wait: the gateway connects again by itself.',
      replaced: 'Give each client an id of its own: mqtt.client_id.', rejected: 'Read the log of the broker. It may not accept mqtt.client_id.',
      subscription_rejected: 'Allow the topic on the broker, or change mqtt.topic.', unknown_authority: 'Name the file of the authority in mqtt.tls.ca_file.',
      wrong_host_name: 'Set mqtt.host to the name in the certificate of the broker.', bad_certificate: 'Renew the certificate of the broker, and check the clock of the gateway.',
      tls: 'Check mqtt.port and mqtt.tls: the broker may expect no TLS.', file: 'Check that the files in mqtt.tls exist and that the gateway may read them.',
      protocol_error: 'Correct mqtt.host and mqtt.port.', system: 'Read the page Log.',
    } },
  device: {
    battery: 'Battery', signal: 'Signal', edit: 'Settings', editNamed: (name) => `Settings of ${name}`, roles: { timer: 'Timer', sensor: 'Impact sensor', heart: 'Heart rate', mat: 'Pressure mat', phone: 'Phone', meter: 'Meter' },
    kind: (role, family, transport) => `${texts.device.roles[role] ?? role}, ${family} · ${transport}`,
    links: { absent: 'away', seen: 'in the air', connected: 'connected' }, states: { in_use: 'in use', waiting: 'waiting for adoption', listed: 'listed only', forgotten: 'forgotten' },
    lastSeen: 'Last seen', now: 'now', never: 'never', ago: (time) => `${time} ago`, rate: 'Rate', perSecond: (rate) => `${rate} / s`,
    drops: 'Errors', dropCounts: (refused, losses) => `${refused} rejected, ${losses} lost links`, target: 'Target', noTarget: 'none', user: 'User',
    name: 'Name', save: 'Save', use: 'Use', leave: 'Leave alone', forget: 'Forget', id: 'Id', own: 'Own name', firstSeen: 'First seen', frames: 'Frames', refused: 'Rejected', losses: 'Lost links',
    lossReasons: { link_lost: 'out of reach', disconnected: 'disconnected', silent: 'silent', unplugged: 'unplugged', released: 'released' },
    forgetWarning: (name) => `Forget ${name}? Its name, its target and its history are deleted.` },
  range: {
    noRun: 'No string yet', rename: 'Change the names', namesOf: (run) => `Names of ${run}`, timeline: 'Timeline', shots: 'Shots', targets: 'Targets', beep: 'beep',
    columns: ['Shot', 'Time', 'Split', 'Hit'], waiting: 'Waiting for the beep.', noShots: 'Waiting for the first shot.', stray: 'Without a shot', why: 'Why?',
    noTargets: 'No targets yet. Add them on the page Targets.', whyTitle: (target, shot) => (shot === null ? `Why ${target} has no shot` : `Why ${target} was hit by shot ${shot}`),
    map: 'Targets at their places', mapLegend: 'As the shooter sees them, with the hits of this string. Drag a target to its place, or move it with the arrow keys.',
    legend: 'Seconds after the beep. An arc joins a shot to its hit; the bars are their error limits. Select a hit to see why.',
    figures: { last: 'last shot, s', split: 'split, s', shots: 'shots', hits: 'hits', first: 'first shot, s', best: 'best split, s' },
    states: { started: 'running', completed: 'completed', interrupted: 'interrupted', timeout: 'timed out', unknown: 'timer lost' },
    timelineLabel: (shots, hits, time) => `${many(shots, 'shot', 'shots')}, ${many(hits, 'hit', 'hits')}, ${time} seconds`, par: (time) => `par ${time}`,
    shotTitle: (number, time, split, error) => `Shot ${number}: ${time} s, split ${split} s${error ? `, ± ${Math.round(error * 1000)} ms` : ''}`,
    hitTitle: (target, shot, time, confidence) => `${target}: ${time} s, ${shot === null ? 'without a shot' : `shot ${shot}, ${Math.floor((confidence ?? 0) * 100)} % sure`}`,
    control: 'Timer', timer: 'Timer', start: 'Start', stop: 'Stop', sensitivity: 'Sensitivity', setSensitivity: 'Set', sent: 'Sent: the timer answers with its next event.',
    ready: (count) => (count === 1 ? 'Connected.' : `${count} timers are connected.`), timerAway: (name) => `${name} is not connected.`, noTimer: 'No timer yet.',
    next: 'Next string', shooter: 'Shooter', stage: 'Stage', parTimes: 'Par times, s', parExample: '1.5, 3', saveNames: 'Save', saved: 'Saved.', parWrong: 'Par times are positive numbers, separated by commas.' },
  targetMap: {
    label: 'Targets at their places', shots: (shots) => `${shots.length === 1 ? 'shot' : 'shots'} ${shots.join(', ')}`,
    target: (name, shots, place) => `${name}: ${shots.length === 0 ? 'no hit' : `hit by shots ${shots.join(', ')}`}; ${place ? `at ${place.x}, ${place.y}` : 'without a place'}. Move it with the arrow keys.` },
  waveform: {
    title: 'Sensors and thresholds', intro: 'Open a sensor to see how its target moved. Drag a threshold: what it would have found is said beside it; nothing changes until you apply it.',
    plot: 'Movement of the target in the last 30 seconds', onset: 'onset', peak: 'peak', value: (value, unit) => `${value} ${unit}`, now: 'now',
    hint: 'A motion begins above the onset; it is an impact if it exceeds the peak.', state: (target, isConnected) => [target ?? 'no target', ...(isConnected ? [] : ['away'])].join(', '),
    answer: (found, present, seconds) => `This would have found ${many(found, 'impact', 'impacts')} in the last ${seconds} s; the present thresholds found ${present}.`,
    apply: 'Apply', discard: 'Discard', applied: 'Applied.', question: (name, onset, peak, unit) => `Detect impacts of ${name} from now on with an onset of ${onset} ${unit} and a peak of ${peak} ${unit}? The thresholds before are replaced.` },
  history: {
    title: 'Latest runs', columns: ['Run', 'Began', 'Shooter', 'Stage', 'Shots', 'Hits', 'Time', 'State'], none: 'No runs yet.', more: 'Show more',
    csv: 'All runs as CSV', json: 'as JSON', remove: 'Delete', removeNamed: (run) => `Delete ${run}`, removeWarning: (run, shots) => `Delete ${run}? Its ${many(shots, 'shot', 'shots')} and hits cannot be restored.` },
  why: {
    title: (id) => `Event ${id}`, details: 'All details', decision: (text) => `Decision: ${text}.`,
    paired: (text, percent) => `Decision: ${text}, ${percent} % sure.`, delay: (time, error) => `The impact came ${time} after the shot (± ${error}).`,
    expected: (time, count) => `For this sensor ${time} are expected, from ${many(count, 'earlier pair', 'earlier pairs')}.`,
    unknownDelay: 'The delay of this sensor is not known yet.', clock: (error, arrivals) => `The beep is known to ± ${error}, from ${arrivals} reports of the timer.`,
    finding: ({ decided_by: quantity, peak_velocity: peak, duration_seconds: duration, onset_limit: onset, peak_limit: limit, confidence }) =>
      `The sensor moved for ${Math.round(duration * 1000)} ms with a peak of ${peak.toFixed(1)} mm/s. The ${quantity} decided: it exceeds ${limit.toFixed(1)}, `
      + `beginning above ${onset.toFixed(1)}; ${Math.floor(confidence * 100)} % sure.`,
    candidates: 'Shots that were considered', shot: 'Shot', delayColumn: 'Delay', deviation: 'Off by', chosen: 'Chosen' },
  hearts: {
    big: 'Big numbers', normal: 'Chart', chart: 'Rates, the newest at the right', shown: 'Readings shown', smoothed: 'smoothed (lines)', raw: 'raw (dots)', user: (name) => name,
    none: 'No heart rates yet. Switch on a board or a strap: its readings appear here.', silent: (time) => `silent for ${time}`, noRate: 'no rate: is the finger on the sensor?',
    statistics: { raw: 'Raw', mean: 'Mean', std: 'Deviation', min: 'Least', max: 'Most' }, chartLabel: (rates) => `Heart rates over the latest readings: ${rates || 'none yet'}` },
  mat: {
    choose: 'Mat', map: 'Pressure', mapLabel: 'Heat map of the mat', numbers: 'Numbers', tare: 'Tare', smooth: 'smooth', trail: 'centre of pressure with its trail',
    none: 'No frame yet. Plug in a mat, or switch one on.', away: (name) => `${name} is away. Plug it in, or switch it on.`,
    tared: (count) => `${many(count, 'mat takes its', 'mats take their')} current frame as zero.`, running: (name, size) => `${name}, ${size} cells`,
    silent: (name, time) => `${name} has sent nothing for ${time} s. The picture shows its last frame.`, perSecond: (rate) => `${rate} / s`,
    undoTare: 'Undo the tare', tareUndone: 'The tare before is used again.', regions: 'Regions', withRegions: 'regions', regionColumns: ['', 'Mean', 'Most'],
    regionText: 'Mean and greatest pressure of the cells of each region. Other regions: pressure.regions on the page Settings.',
    names: { total: 'Total', peak: 'Peak', area: 'Contact', centre: 'Centre of pressure', rate: 'Frames' }, centre: (x, y) => `${x} % from left, ${y} % from top` },
  workouts: {
    title: 'Workouts', intro: 'Recorded by clients of the pressure port. Choose one to replay it above.', none: 'No workouts yet.', nameless: 'Without a name',
    columns: ['Workout', 'Began', 'Frames', 'Download'], replayNamed: (name) => `Replay ${name}`, csvNamed: (name) => `${name} as CSV`,
    remove: 'Delete', removeNamed: (name) => `Delete ${name}`, removeWarning: (name, frames) => `Delete ${name}? Its ${many(frames, 'frame', 'frames')} cannot be restored.`,
    place: 'Place in the workout', speed: 'Speed', play: 'Play', pause: 'Pause', close: 'Back to now', loading: 'Loading', frame: (number, count, time) => `frame ${number} of ${count}${time && `, ${time}`}` },
  motion: {
    phone: 'Phone', none: 'none has sent yet', titles: { acceleration: 'Acceleration, m/s²', rotation: 'Rotation, rad/s' }, latest: 'the latest 200 points',
    plotLabel: (title, points) => `${title}: ${many(points, 'point', 'points')}`, setup: 'Set up a phone', setupText: 'In the Sensor Logger app, switch on HTTP push with the URL ',
    clock: (offset, error, isAhead) => `its clock is ${offset} s (± ${error} s) ${isAhead ? 'ahead of' : 'behind'} the gateway's` },
  recordings: {
    title: 'Recordings', name: 'Name', example: 'Left-handed', start: 'Record', stop: 'Stop', beforeLabel: 'with', before: (seconds) => (seconds === 0 ? 'nothing before' : `${seconds} s before`),
    idle: 'Not recording.', noPhone: 'A recording needs a phone that sends.', active: (name, time) => `Recording “${name}” for ${time}.`,
    none: 'No recordings yet.', columns: ['Recording', 'Phone', 'Began', 'Length', 'Started by', 'Download'], triggers: { request: 'request', swing: 'a swing' },
    judgeNamed: (name) => `Swing of ${name}`, csvNamed: (name) => `${name} as CSV`, jsonNamed: (name) => `${name} as JSON`,
    rename: 'Rename', renameNamed: (name) => `Rename ${name}`, askName: 'Name of the recording', remove: 'Delete', removeNamed: (name) => `Delete ${name}`,
    removeWarning: (name, samples) => `Delete ${name}? Its ${many(samples, 'sample', 'samples')} cannot be restored.` },
  swing: {
    verdicts: { hips_early: 'Hips early', good_sequence: 'Good sequence', hips_late: 'Hips late', insufficient_data: 'Too little data' },
    explain: 'Each step names the sample that decided it. Choose a step to see it in the curves.',
    plots: { acceleration: 'Acceleration along the stride, m/s²', hips: 'Rotation of the hips (phone), °/s', wrist: 'Rotation of the wrist (watch), °/s' },
    at: (value, unit, time) => `${value}\u00a0${unit} at ${time}\u00a0s`, missing: 'not measured', yes: 'yes', no: 'no', directions: { right: 'right', left: 'left' },
    steps: {
      foot_plant: { title: 'Foot plant', definition: 'The greatest acceleration along the stride.' },
      heel_strike: { title: 'Heel strike', definition: 'The least acceleration along the stride before the foot plant.' },
      hips: { title: 'Hips', definition: 'The fastest rotation of the phone.' }, wrist: { title: 'Wrist', definition: 'The fastest rotation of the watch.' },
    },
    facts: {
      direction: 'Direction of the turn', hipDelay: 'Heel strike to hips: early up to 50 ms, good below 150 ms', hipsToFoot: 'Hips to foot plant', wristDelay: 'Heel strike to wrist', order: 'Hips before wrist',
    } },
  heartbeat: {
    stress: 'stress', pressure: 'blood pressure', variability: 'variability', chart: 'The latest two minutes', chartLabel: 'Heart rate over the latest two minutes',
    control: 'Simulation', start: 'Start', stop: 'Stop', stressTest: 'Stress test, 5 s', trigger: 'Raise stress', resting: 'At rest', baseline: 'Resting rate', set: 'Set', done: 'Done.',
    states: { running: 'running', stopped: 'stopped', stale: 'silent' }, none: 'No heart yet: start the simulation. Its rates appear here, as those of a sensor do if heartbeat.source names one.', api: 'For programs', apiText: 'Programs read the same heart, simulated or measured, over HTTP or /ws/heartbeat.' },
  targets: {
    title: 'Targets', sensors: 'Sensors', none: 'No targets yet.', noSensors: 'No sensors yet. Switch one on: it appears here by itself.', newName: 'New target', example: 'Popper 1',
    add: 'Add', remove: 'Delete', removeNamed: (name) => `Delete ${name}`, removeWarning: (name) => `Delete ${name}? Its sensors have no target afterwards; runs keep the name.`,
    mounted: (names) => `Sensor: ${names}`, empty: 'No sensor. Drag one here, choose one, or tap the plate.', sensor: 'Sensor', sensorOf: (name) => `Sensor of ${name}`, noSensor: 'none',
    tapHint: 'Tap a plate: its sensor lights up. Drag a sensor onto a target to assign it, choose it there, or press “Tap the plate” and tap.',
    tap: 'Tap the plate', tapNamed: (name) => `Tap the plate: the sensor that feels it is assigned to ${name}`, cancelTap: 'Cancel', cancelTapNamed: (name) => `Cancel the tap of ${name}`,
    waitingForTap: (name) => `Tap ${name} now: the sensor that feels it is assigned.`, tapped: (sensor, target) => `${sensor} felt it: it is assigned to ${target}.`, felt: (name) => `${name} felt an impact.` },
  sensor: {
    target: 'Target', targetOf: (name) => `Target of ${name}`, none: 'none', peak: 'Smallest peak of a hit', threshold: (value) => `${Number(value).toFixed(1)} mm/s`,
    save: 'Save the threshold', saved: 'Saved.', calibrate: 'Calibrate with 5 taps', calibrateQuestion: (name) => `Calibrate ${name}? The rest level and the delay that the gateway found for it are discarded, and five taps replace its thresholds.`,
    saveQuestion: (name, peak, before) => `Detect impacts of ${name} from now on with a peak of ${peak} mm/s? It replaces ${before} mm/s.`, stop: 'Stop', stopped: 'Stopped: the thresholds are as before.', ended: 'The calibration was ended.', facts: (impacts, delay) => `${many(impacts, 'impact', 'impacts')}${delay === null ? '' : `, about ${delay} ms after their shots`}`,
    dryRun: (found, present, seconds) => `This would have found ${many(found, 'impact', 'impacts')} in the last ${seconds} s; the present threshold found ${present}.`,
    calibration: {
      waiting: (taps, of) => `Tap the target: ${taps} of ${of}.`, completed: (taps) => `Calibrated with ${taps} taps.`,
      timed_out: (taps, of) => `Not calibrated: only ${taps} of ${of} taps came in time.`,
    } },
  copy: { copy: 'Copy', copied: 'Copied', failed: 'Not copied: select the text', about: (what) => `Copy: ${what}` },
  settings: {
    intro: 'The gateway reads its settings from a file, the environment and its command line; later ones win. Open a setting to see what it means and how to change it.',
    filter: 'Search', filterExample: 'Search: port, battery, smoothing…', changedOnly: 'changed ones only', general: 'General', changed: 'changed', empty: '(empty)',
    count: (shown, all, changed) => `${shown} of ${all} settings; ${changed} differ from their defaults`,
    file: (name) => `Configuration file: ${name}`, noFile: (installed) => `No configuration file was read. The installed service reads ${installed}.`,
    expected: 'Valid', byDefault: 'Default', comesFrom: 'Comes from', sources: { default: 'the default', file: 'the file', environment: 'the environment', option: 'the command line' },
    pending: (value) => `The configuration says ${value}: this applies after a restart.`,
    appliesAtOnce: 'A change applies when the gateway reads its configuration again.', appliesAfterRestart: 'A change applies after a restart.',
    inFile: (name) => `In ${name}`, inEnvironment: 'Or in the environment', asOption: 'Or on the command line', apply: 'Then' },
  events: {
    filter: 'Filter', filterExample: 'Filter: hit, Popper 1, 60:09…', pause: 'Pause', resume: 'Resume', clear: 'Clear', channels: 'Show', list: 'Events, newest first',
    names: {
      status: 'devices', timer_event: 'timer', sensor_event: 'sensors', run_update: 'runs', heart_rate: 'hearts', health_status: 'health', session_updates: 'sessions',
    }, count: (shown, all) => `${shown} of the latest ${many(all, 'event', 'events')}`, paused: (count) => `Paused: ${count} events have come since.`,
    heart: (user, bpm) => `${user}: ${bpm === null || bpm === undefined ? 'no rate' : `${bpm.toFixed(1)} BPM`}`,
    hit: (target, shot) => (shot === null ? `${target}, without a shot` : `${target}, shot ${shot}`), shot: (number, time) => `Shot ${number}: ${time.toFixed(2)} s`, explain: 'Explain' },
  log: {
    level: 'Least level', search: 'Search', searchExample: 'Search', follow: 'follow', list: 'Log lines',
    levels: { debug: 'Debug', info: 'Info', notice: 'Notice', warning: 'Warning', error: 'Error' }, count: (shown, all) => `${shown} of ${all} lines` },
  socket: {
    connect: 'Connect', disconnect: 'Disconnect', ping: 'Ping', status: 'Get status', clear: 'Clear log', channels: 'Channels', subscribe: 'Subscribe', unsubscribe: 'Unsubscribe',
    message: 'Message', send: 'Send', received: (count) => many(count, 'message', 'messages'), log: 'Log', notSent: (text) => `not connected, not sent: ${text}`, closed: (code, reason) => `closed: ${code} ${reason}` },
  kiosk: {
    noRun: 'Waiting for the first string', nameless: 'Last string', time: 'time, s', split: 'split, s', shots: 'shots', hits: 'hits', leaders: 'Best of the day', noRuns: 'No completed run today.',
    columns: ['', 'Shooter', 'Stage', 'Hits', 'Time'], hearts: 'Hearts' },
  overlay: { labels: { shot: 'time', split: 'split', count: 'shots', hits: 'hits', name: 'shooter', stage: 'stage', heart: 'BPM' } },
};
