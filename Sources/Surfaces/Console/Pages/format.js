// Numbers and times as people read them.

export const seconds = (value) => (value ?? 0).toFixed(2);

// Without the sign of a zero.
export const oneDecimal = (value) => (Math.round(10 * value) / 10 || 0).toFixed(1);

export const rate = (value) => (value === null || value === undefined ? '--' : value.toFixed(1));

export function bytes(count) {
  if (count >= 1e9) return `${(count / 1e9).toFixed(1)} GB`;
  if (count >= 1e6) return `${(count / 1e6).toFixed(1)} MB`;
  return `${Math.round(count / 1e3)} kB`;
}

export function span(total) {
  const whole = Math.max(0, Math.round(total));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86400)} d ${Math.floor((whole % 86400) / 3600)} h`;
}

export function clockTime(date) {
  return date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
}

// The time alone if it was today.
export function dateTime(text) {
  const date = new Date(text);
  return date.toDateString() === new Date().toDateString() ? clockTime(date) : `${date.toLocaleDateString()} ${clockTime(date)}`;
}

// Times are compared by the gateway's clock, which may differ from the browser's.
let clockOffset = 0;

export const gatewayNow = () => Date.now() + clockOffset;
export const clockDifference = () => clockOffset;

export function setGatewayTime(text) {
  clockOffset = Date.parse(text) - Date.now();
}

export const age = (text) => Math.max(0, (gatewayNow() - Date.parse(text)) / 1000);
