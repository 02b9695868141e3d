/**
 * Answers and alerts as elements. Their texts come from users, the exchange and a model: they are only ever set as
 * text, so that nothing in them can become markup.
 */

/** An element with a class and text or elements in it. */
export function element(tag, className, ...content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...content);
  return made;
}

function inline(part) {
  if (typeof part === 'string') return part;
  if ('b' in part) return element('strong', '', part.b);
  if ('i' in part) return element('em', '', part.i);
  if ('code' in part) return element('code', '', part.code);
  if ('role' in part) return `@${part.role}`;
  // In the chat's zone, as everything that is said and drawn here; the day stands where it is pointed at.
  const moment = new Date(part.time);
  const time = element('time', '', part.text);
  time.dateTime = moment.toISOString();
  time.title = moment.toLocaleString();
  return time;
}

function paragraph(className, line) {
  const made = element('p', className, ...line.map(inline));
  made.dir = 'auto';
  return made;
}

function block(part) {
  if (part.type === 'facts') {
    const rows = part.rows.flatMap(([label, value]) => [element('dt', '', label), element('dd', '', value)]);
    return element('dl', '', ...rows);
  }
  if (part.type === 'list') {
    return element('ul', '', ...part.items.map((item) => element('li', '', ...item.map(inline))));
  }
  return paragraph(part.type, part.line);
}

/** The text stands before its picture is there; the size is known, so that nothing jumps when it comes. */
function image({ url, alt }) {
  const made = element('img', 'picture');
  made.src = url;
  made.alt = alt;
  made.width = 1200;
  made.height = 675;
  // A reloaded page has many that nobody scrolls to.
  made.loading = 'lazy';
  made.addEventListener('error', () => made.remove());
  return made;
}

/** A reply or notice; `onPress(button, action)` is called for a pressed button. */
export function renderMessage({ text, buttons = [], picture }, onPress) {
  const message = element('article', 'message', ...text.map(block));
  if (picture) message.append(image(picture));
  for (const row of buttons.map((each) => each.filter(({ via }) => via === undefined))) {
    if (row.length === 0) continue;
    const line = element('div', 'buttons');
    for (const { label, action, style } of row) {
      const button = element('button', style ?? '', label);
      button.type = 'button';
      button.addEventListener('click', () => onPress(button, action));
      line.append(button);
    }
    message.append(line);
  }
  return message;
}
