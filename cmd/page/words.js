// The words for people: durations, times, holds, and foreign text made harmless to look at. Pure; knows no DOM.

/// Longest foreign string that is shown; an NQN has 223 characters, an error a few lines.
const kTextLimit = 600;
// Control characters, and those that reorder or hide their neighbours: shown as escapes, never obeyed.
const kUnprintable = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

function printable(value) {
  const text = typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
  const short = text.length > kTextLimit ? text.slice(0, kTextLimit) + '…' : text;
  return short.replace(kUnprintable, (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'));
}

/// "3 s", "4 min", "5 h", "6 d": one unit, as the terminal says it.
function about(seconds) {
  if (!(seconds > 0)) return '0 s';
  const s = Math.round(seconds);
  if (s < 120) return s + ' s';
  if (s < 120 * 60) return Math.floor(s / 60) + ' min';
  if (s < 48 * 3600) return Math.floor(s / 3600) + ' h';
  return Math.floor(s / 86400) + ' d';
}

function count_of(n, one, many) { return n + ' ' + (n === 1 ? one : many ?? one + 's'); }

/// The browser's time zone, as an offset: logs are in UTC, so people must know what they look at.
function zone_name(at) {
  const minutes = -new Date(at).getTimezoneOffset();
  if (minutes === 0) return 'UTC';
  const whole = Math.abs(minutes);
  return 'UTC' + (minutes < 0 ? '−' : '+') + String(Math.floor(whole / 60)).padStart(2, '0') + ':' + String(whole % 60).padStart(2, '0');
}

/// "14:03:12", with the date where it is not the day of `now`.
function clock_time(at, now) {
  const then = new Date(at);
  if (Number.isNaN(then.getTime())) return 'unknown';
  const two = (n) => String(n).padStart(2, '0');
  const time = two(then.getHours()) + ':' + two(then.getMinutes()) + ':' + two(then.getSeconds());
  if (then.toDateString() === new Date(now).toDateString()) return time;
  return then.getFullYear() + '-' + two(then.getMonth() + 1) + '-' + two(then.getDate()) + ' ' + time;
}

/// Each hold reason of the agent: why, when there is no error to quote, and what is next, when there is no time for it.
const kHolds = {
  __proto__: null,
  'backoff': {why: 'the last try failed', next: 'tries again'},
  'parked': {why: 'refused in a way that only a change mends', next: 'tries again when the configuration changes'},
  'in-flight': {why: 'not connected yet', next: 'the kernel is connecting it now'},
  'queued': {why: 'not connected yet', next: 'waits for its turn at the kernel'},
  'probing': {why: 'not connected yet', next: 'the portal is being asked whether it answers'},
  'silent-portal': {why: 'the portal does not answer', next: 'asked again and again; connects when it answers'},
  'kernel-reconnecting': {why: 'the connection broke', next: 'the kernel reconnects by itself'},
  'deleting': {why: 'the kernel is deleting the old controller', next: 'connects again when it is gone'},
  'no-fabrics': {why: 'the kernel has no NVMe/TCP: module nvme-tcp is not loaded', next: 'connects when the module is loaded'},
  'no-identity': {why: 'this host has no host NQN or host id', next: 'connects when it has one'},
  'identity-conflict': {why: 'the kernel knows this host NQN with another host id', next: 'connects when the conflict is gone'},
  'needs-tls': {why: 'the service asks for TLS, which discovery does not speak yet', next: 'nothing until the configuration changes'},
  'needs-authentication': {why: 'the service asks for authentication, which discovery does not speak yet', next: 'nothing until the configuration changes'},
  'unresolved': {why: 'the host name has no address', next: 'asks the resolver again'},
  'retired': {why: 'its cluster does not list it any more and it does not answer', next: 'tried rarely'},
  'selection': {why: 'it is not known whether this line is for this node', next: 'used when the node’s labels match its “# only:”'},
  'standby': {why: 'other services of its cluster have the sessions', next: 'takes over when one of them fails'},
  'depth': {why: 'more than 8 referrals away from what is configured', next: 'nothing until the configuration changes'},
  'unsafe-option': {why: 'this kernel lacks an option that must not be left out', next: 'nothing until the configuration or the kernel changes'},
  'observing': {why: 'the kernel has not been looked at since the connect', next: 'looks now'},
};

// Their detail is the state of a device, no reason.
const kStates = new Set(['kernel-reconnecting', 'deleting']);

/// Why it is not as it should be, in one sentence: what the kernel or the target said, else what the hold says.
function why_of(item) {
  if (item.last_error) return item.last_error;
  if (item.hold && item.hold.detail) return kStates.has(item.hold.reason) ? kHolds[item.hold.reason].why + ': ' + item.hold.detail : item.hold.detail;
  if (item.hold) return kHolds[item.hold.reason]?.why ?? item.hold.reason;
  return '';
}

/// What happens next; `elapsed` seconds have gone by since the agent said so.
function next_of(hold, elapsed) {
  if (!hold) return 'looked at again with the next pass';
  if (hold.until !== null) {
    const left = hold.until - elapsed;
    return left > 0.5 ? 'next try in ' + about(left) : 'next try now';
  }
  return kHolds[hold.reason]?.next ?? 'when something changes';
}
