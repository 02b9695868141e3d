import { element, renderMessage } from './render.js';
import { translatePage, word } from './words.js';

const MAX_MESSAGES = 200;
const MAX_HISTORY = 100;
const HISTORY_KEY = 'sheepdog.history';
const HINTS = [
  '/help',
  '/price btc',
  '/analyze btc',
  '/chart btc 15m',
  '/subscribe btc volatility 1% 5m',
  '/alerts',
  '/cost today',
];

const byId = (id) => document.getElementById(id);
const log = byId('log');
const alerts = byId('alerts');
const line = byId('line');

translatePage();

/** Posts JSON and returns the reply (null: nothing to say); throws when Sheepdog was not reached or refused. */
async function post(path, body) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return (await response.json()).reply;
}

function append(list, message) {
  list.append(message);
  while (list.childElementCount > MAX_MESSAGES) list.firstElementChild.remove();
  list.scrollTop = list.scrollHeight;
}

function messageOf(reply) {
  if (reply === null) return element('p', 'message small', word('silence'));
  const message = renderMessage(reply, (button, action) => press(message, button, action));
  return message;
}

async function ask(text) {
  const waiting = element('p', 'message asked', text, ' …');
  waiting.setAttribute('aria-busy', 'true');
  append(log, waiting);
  try {
    const reply = await post('/api/command', { text });
    waiting.replaceWith(element('p', 'asked', text), messageOf(reply));
  } catch {
    waiting.replaceWith(element('p', 'asked', text), element('p', 'message failed', word('failed')));
  }
  log.scrollTop = log.scrollHeight;
}

async function press(message, button, action) {
  button.disabled = true;
  try {
    const reply = await post('/api/press', { action });
    if (reply?.replace) message.replaceWith(messageOf(reply));
    else append(log, messageOf(reply));
  } catch {
    append(log, element('p', 'message failed', word('failed')));
  } finally {
    button.disabled = false;
  }
}

/** Commands typed before, oldest first; `at` is where the arrow keys are. */
const history = readHistory();
let at = history.length;

function readHistory() {
  try {
    const stored = JSON.parse(localStorage.getItem(HISTORY_KEY) ?? '[]');
    return Array.isArray(stored) ? stored.filter((entry) => typeof entry === 'string') : [];
  } catch {
    return [];
  }
}

function remember(text) {
  if (history.at(-1) !== text) history.push(text);
  history.splice(0, history.length - MAX_HISTORY);
  at = history.length;
  localStorage.setItem(HISTORY_KEY, JSON.stringify(history));
}

byId('form').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = line.value.trim();
  if (!text) return;
  line.value = '';
  remember(text);
  ask(text);
});

line.addEventListener('keydown', (event) => {
  if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
  const next = at + (event.key === 'ArrowUp' ? -1 : 1);
  if (next < 0 || next > history.length) return;
  event.preventDefault();
  at = next;
  line.value = history[at] ?? '';
});

for (const hint of HINTS) {
  const button = element('button', '', hint);
  button.type = 'button';
  button.addEventListener('click', () => {
    remember(hint);
    ask(hint);
  });
  byId('hints').append(button);
}

function cell(value) {
  if (value === null) return element('td', '', '…');
  if (typeof value === 'string') return element('td', '', value);
  return element('td', { '-1': 'down', 0: '', 1: 'up' }[value.sign], value.text);
}

function row({ symbol, last, change5m, change24h, volatility5m, funding, age, stale }) {
  const made = element('tr', '', element('td', '', symbol));
  made.append(...[last, change5m, change24h, volatility5m, funding].map(cell));
  made.append(element('td', '', age === null ? '…' : `${age} s`));
  if (stale) markStale(made);
  return made;
}

function markStale(line) {
  if (line.className === 'stale') return;
  line.className = 'stale';
  line.firstElementChild.append(' ', element('span', 'badge', word('stale')));
}

function showMarket({ source, feed, rows, more }) {
  byId('source').hidden = source === 'live';
  const label = source === 'live' ? '' : word(source);
  if (byId('source').textContent !== label) byId('source').textContent = label;
  showFeed(word(`feed-${feed}`));
  byId('rows').replaceChildren(...rows.map(row));
  byId('more').textContent = more > 0 ? `+${more} ${word('more')}` : '';
}

// A status element is read aloud when it changes, so it is only touched then.
function showFeed(text) {
  if (byId('feed').textContent !== text) byId('feed').textContent = text;
}

// By the id of the notice that it began as: what is added to one later takes its place.
const shownNotices = new Map();

function showNotice(notice, id) {
  byId('no-alerts').hidden = true;
  const message = messageOf(notice);
  const old = shownNotices.get(notice.replaces);
  if (old) replaceNotice(old, message);
  else {
    append(alerts, message);
    showFromTop(message);
  }
  shownNotices.set(notice.replaces ?? id, message);
}

/** Puts what a notice says now in its place; its picture stays as it is, and who reads the newest goes on to do so. */
function replaceNotice(old, message) {
  const isRead = alerts.scrollTop + alerts.clientHeight > old.offsetTop - alerts.offsetTop;
  const isNewest = old === alerts.lastElementChild;
  const [shown, wanted] = [old, message].map((each) => each.querySelector('img'));
  if (shown && wanted?.src === shown.src) wanted.replaceWith(shown);
  old.replaceWith(message);
  if (isRead && isNewest) showFromTop(message);
}

/** Of what is taller than its list the words come before the chart. */
function showFromTop(message) {
  alerts.scrollTop = message.offsetTop - alerts.offsetTop;
}

const events = new EventSource('/api/events');
events.addEventListener('market', (event) => showMarket(JSON.parse(event.data)));
events.addEventListener('notice', (event) => showNotice(JSON.parse(event.data), event.lastEventId));
events.addEventListener('error', () => {
  showFeed(word('lost'));
  // Their age grows unseen.
  for (const line of byId('rows').children) markStale(line);
});

fetch('/api/commands')
  .then((response) => response.json())
  .then(({ commands }) => {
    for (const { name, description } of commands) {
      const option = element('option', '');
      option.value = `/${name}`;
      option.label = description;
      byId('commands').append(option);
    }
  })
  .catch(() => undefined);

line.focus();
