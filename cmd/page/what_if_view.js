// "Is it safe to reboot this array node or switch?": buttons to take addresses away, and the answer.

const kAddressesShown = 12;
let addresses_limit = kAddressesShown;

function leg_view({leg: first}) {
  const sign = shape();
  const label = el('bdi', 'address');
  const effect = el('span', 'quiet');
  const node = button('', 'leg', () => page.toggle_without(first.leg));
  node.append(sign, el('span', 'lines', label, effect));
  return {
    node,
    update({leg, chosen}) {
      mark(sign, 'shape', chosen ? 'gone' : leg.last > 0 ? 'warn' : leg.paths > 0 ? 'live' : 'unlisted');
      say(label, leg.label);
      say(effect, leg.last > 0 ? 'last path of ' + count_of(leg.last, 'subsystem') : leg.paths > 0 ? count_of(leg.paths, 'live path') + ', safe' : 'no live path');
      set_attribute(node, 'aria-pressed', chosen);
    },
  };
}

function loss_view() {
  const name = el('span');
  const effect = el('span', 'quiet');
  let named = null;
  return {
    node: el('li', '', name, effect),
    update({subsystem, before, after}) {
      if (named !== subsystem.subnqn) name.replaceChildren(nqn_el((named = subsystem.subnqn)));
      say(effect, count_of(before, 'path') + ' → ' + after);
    },
  };
}

const kLossesShown = 8;

function losses_section(kind) {
  const title = el('h3');
  const list = el('ul', 'losses');
  const rest = el('p', 'quiet');
  const node = el('div', 'loss ' + kind, title, list, rest);
  return {
    node,
    update({rows, words}) {
      show(node, rows.length > 0);
      say(title, words);
      keyed(list, rows.slice(0, kLossesShown), (row) => row.subsystem.key, loss_view);
      say(rest, rows.length > kLossesShown ? 'and ' + (rows.length - kLossesShown) + ' more; the fabric shows all' : '');
    },
  };
}

function answer_view() {
  const sign = shape();
  const line = el('p', 'answer');
  const line_text = el('span');
  line.append(sign, line_text);
  const last = losses_section('last');
  const fewer = losses_section('fewer');
  const notes = el('p', 'quiet');
  return {
    node: el('div', '', line, last.node, fewer.node, notes),
    update({losses, names}) {
      const n = losses.last.length;
      const safe = n === 0;
      mark(line, 'tone', safe ? 'good' : 'bad');
      mark(sign, 'shape', safe ? 'live' : 'bad');
      say(line_text, safe
        ? 'Safe without ' + names + (losses.paths > 0 ? ': every subsystem that has a path keeps one.' : ': no live path goes there.')
        : 'Not safe without ' + names + ': ' + count_of(n, 'subsystem') + (n === 1 ? ' loses its last path.' : ' lose their last path.'));
      last.update({rows: losses.last, words: count_of(n, 'subsystem') + (n === 1 ? ' loses its' : ' lose their') + ' last path'});
      fewer.update({rows: losses.fewer, words: count_of(losses.fewer.length, 'subsystem') + (losses.fewer.length === 1 ? ' keeps' : ' keep') + ' fewer paths'});
      const words = [];
      if (losses.kept > 0) words.push(count_of(losses.kept, 'subsystem') + ' not touched.');
      if (losses.already.length > 0) words.push(count_of(losses.already.length, 'subsystem') + (losses.already.length === 1 ? ' has' : ' have') + ' no path even now.');
      if (losses.mute.length > 0) words.push('No discovery service left for ' + losses.mute.join(', ') + ': what is connected stays, changes are not noticed.');
      else if (losses.services.length > 0) words.push(count_of(losses.services.length, 'discovery service') + ' less; others answer for its cluster.');
      say(notes, words.join(' '));
    },
  };
}

function render_what_if(page) {
  const {status, subsystems, without} = page;
  const edge = subsystems.filter((s) => s.at_the_edge).length;
  say(by_id('edge'), subsystems.every((s) => s.live === 0) ? 'Nothing is connected.' : edge === 0 ? 'Each subsystem with a path survives any one failure.' : count_of(edge, 'subsystem') + (edge === 1 ? ' is' : ' are') + ' one failure away from losing access.');
  const legs = legs_to_take(status, subsystems);
  show(by_id('address-search'), legs.length > kAddressesShown);
  const word = by_id('address-query').value.trim().toLowerCase();
  const fitting = legs.filter((leg) => without.has(leg.leg) || leg.label.toLowerCase().includes(word));
  const some = shortened(fitting, addresses_limit, by_id('more-addresses'), (n) => 'Show ' + n + ' more addresses');
  const shown = fitting.filter((leg) => some.includes(leg) || without.has(leg.leg));  // in their places: nothing moves under the hand
  keyed(by_id('addresses'), shown.map((leg) => ({leg, chosen: without.has(leg.leg)})), (row) => row.leg.leg, leg_view);
  show(by_id('what-if-clear'), without.size > 0);
  const names = [...without].map((leg) => (leg.startsWith('to ') ? leg.slice(3) : leg)).join(' and ');
  keyed(by_id('what-if-answer'), without.size > 0 ? [{losses: losses_of(status, subsystems, without), names}] : [], () => 'answer', answer_view);
}

by_id('more-addresses').addEventListener('click', () => {
  addresses_limit = Infinity;
  render_what_if(page);
});
by_id('address-query').addEventListener('input', () => page.status && keeping_focus(() => render_what_if(page)));
by_id('what-if-clear').addEventListener('click', () => page.clear_without());
