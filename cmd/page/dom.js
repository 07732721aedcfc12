// The few ways in which this page touches the document. Text goes in as text only; nodes are kept while what they show
// is there, so that focus, selection and scroll position survive every poll.

const kSvg = 'http://www.w3.org/2000/svg';
const by_id = (id) => document.getElementById(id);

/// el('li', 'class', child, …): children are nodes or strings.
function el(tag, class_name, ...children) {
  const node = document.createElement(tag);
  if (class_name) node.className = class_name;
  node.append(...children);
  return node;
}

function svg_el(tag, attributes, ...children) {
  const node = document.createElementNS(kSvg, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function say(node, text) { if (node.textContent !== text) node.textContent = text; }
function show(node, visible) { if (node.hidden === visible) node.hidden = !visible; }
function mark(node, name, value) { if (node.dataset[name] !== value) node.dataset[name] = value; }
function set_attribute(node, name, value) { if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value); }

/// A shape for the eye; beside it always stands the word.
function shape(kind) {
  const node = el('span', 'shape');
  if (kind) node.dataset.shape = kind;
  node.setAttribute('aria-hidden', 'true');
  return node;
}

/// An NQN whose own part stands out from its date and authority.
function nqn_el(nqn) {
  const cut = nqn.indexOf(':') + 1;
  return el('bdi', 'nqn', el('span', 'authority', nqn.slice(0, cut)), el('span', 'own', nqn.slice(cut) || '(no name)'));
}

function button(text, class_name, on_click) {
  const node = el('button', class_name, text);
  node.type = 'button';
  node.addEventListener('click', on_click);
  return node;
}

const views_of = new WeakMap();

/// Makes the children of `parent` one view per item, in order: create(item) -> {node, update(item)}. A node lives as long as its key.
function keyed(parent, items, key_of, create) {
  const old = views_of.get(parent) ?? new Map();
  const views = new Map();
  for (const item of items) {
    let key = key_of(item);
    while (views.has(key)) key += '+';  // two of a name: a target may say anything
    const view = old.get(key) ?? create(item);
    old.delete(key);
    view.item = item;
    views.set(key, view);
  }
  for (const view of old.values()) view.node.remove();
  let cursor = parent.firstChild;
  for (const view of views.values()) {
    view.update(view.item);
    if (view.node === cursor) cursor = cursor.nextSibling;
    else parent.insertBefore(view.node, cursor);
  }
  views_of.set(parent, views);
}

/// Runs `change`; whoever had the focus and is still there has it afterwards.
function keeping_focus(change) {
  const focused = document.activeElement;
  change();
  if (focused && focused !== document.activeElement && focused.isConnected && !focused.hidden) focused.focus({preventScroll: true});
}

/// The first `limit` of `items`, and a button for the next ones; `label(n)` names what is not shown.
function shortened(items, limit, more, label) {
  const hidden = items.length - limit;
  show(more, hidden > 0);
  if (hidden > 0) say(more, label(hidden));
  return hidden > 0 ? items.slice(0, limit) : items;
}
