// Polls what the application tells of itself, and shows it.

import {EndpointCard} from './endpoint.js';
import {histogram} from './charts.js';
import {buckets} from './prometheus.js';

const POLL_MILLIS = 500;
const SCRAPE_EVERY = 4; // polls

const $ = id => document.getElementById(id);
const cards = new Map();
let addresses = new Map();
let polls = 0;
let timer = 0;

async function get(path, as = 'json') {
  const response = await fetch(path, {cache: 'no-store'});
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response[as]();
}

async function post(path, body) {
  const response = await fetch(path, {
    method: 'POST',
    headers: {'Content-Type': 'application/json'},
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.status === 204 ? null : response.json();
}

async function poll() {
  clearTimeout(timer);
  try {
    const [trunkline, live] = await Promise.all([get('actuator/trunkline'), get('live/state')]);
    show(trunkline, live);
    if (polls++ % SCRAPE_EVERY === 0) showHistograms(await get('actuator/prometheus', 'text'));
    pulse('live', 'live');
  } catch (failed) {
    pulse('lost', 'the application does not answer');
  }
  timer = setTimeout(poll, document.hidden ? 10 * POLL_MILLIS : POLL_MILLIS);
}

function pulse(state, text) {
  setText($('pulse'), text);
  $('pulse').className = `chip ${state}`;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function show(trunkline, live) {
  setText($('transport'), `transport: ${trunkline.transport.name}`);
  $('transport').title = trunkline.transport.reason;
  setText($('target'), live.target);
  showBehaviours(live);
  showEndpoints(trunkline.endpoints, live);
  showEvents(live.events);
}

// ---- the buttons for faults ----

function showBehaviours(live) {
  const group = $('behaviours');
  if (group.childElementCount === 0) {
    for (const choice of live.choices) {
      group.append(button(choice.label, choice.id, () => post('live/behaviour', {behaviour: choice.id})));
    }
    const once = button('Close idle connections', 'CLOSE_IDLE', () => post('live/close-idle', {}));
    once.classList.add('once');
    group.append(once);
  }
  for (const each of group.children) {
    if (each.value === 'CLOSE_IDLE') continue;
    each.setAttribute('aria-pressed', String(each.value === live.behaviour));
    each.classList.toggle('fault', each.value !== 'WELL');
  }
  setText($('meaning'), live.choices.find(choice => choice.id === live.behaviour).meaning);
}

function button(label, value, action) {
  const made = document.createElement('button');
  made.type = 'button';
  made.value = value;
  made.textContent = label;
  made.addEventListener('click', async () => {
    made.disabled = true;
    try {
      await action();
    } catch (failed) {
      pulse('lost', failed.message);
    } finally {
      made.disabled = false;
    }
    poll();
  });
  return made;
}

// ---- endpoints ----

function showEndpoints(endpoints, live) {
  const shown = [...endpoints].sort((one, other) => (other.name === live.target) - (one.name === live.target));
  addresses = new Map(shown.map(each => [each.name, each.endpoint]));
  for (const each of shown) {
    if (!cards.has(each.name)) {
      const card = new EndpointCard(each.name, $('endpoint'), act);
      cards.set(each.name, card);
      $('endpoints').append(card.element);
      $('which').append(new Option(each.name));
    }
    cards.get(each.name).show(each, live.load[each.name] || []);
  }
}

async function act(action, endpoint) {
  const answer = await post('actuator/trunkline', {action, endpoint});
  poll();
  return answer;
}

// ---- histograms ----

function showHistograms(text) {
  const endpoint = addresses.get($('which').value);
  if (!endpoint) return;
  const [, host, port] = /^(.*):(\d+)$/.exec(endpoint.replace(/^tls:\/\//, ''));
  histogram($('handshake'), buckets(text, 'trunkline_handshake_seconds',
    labels => labels.server_address === host && labels.server_port === port));
  histogram($('acquire'), buckets(text, 'trunkline_pool_acquire_seconds',
    labels => labels.endpoint === endpoint));
}

$('which').addEventListener('change', () => {
  polls = 0;
  poll();
});

// ---- events ----

function showEvents(events) {
  const list = $('events');
  const known = new Map([...list.children].map(item => [item.dataset.id, item]));
  const items = events.map(event => {
    const item = known.get(String(event.id)) || newItem(event);
    update(item, event);
    return item;
  });
  if (items.length !== list.children.length || items.some((item, i) => list.children[i] !== item)) {
    list.replaceChildren(...items);
  }
}

function newItem(event) {
  const item = document.createElement('li');
  item.dataset.id = event.id;
  item.className = event.type;
  const heading = document.createElement('h3');
  const times = document.createElement('span');
  times.className = 'times';
  const when = document.createElement('small');
  heading.append(`${event.backend}: ${event.title}`, times, when);
  const text = document.createElement('p');
  text.className = 'text';
  const advice = document.createElement('p');
  advice.className = 'advice';
  item.append(heading, text, advice);
  return item;
}

function update(item, event) {
  setText(item.querySelector('small'), new Date(event.epochMillis).toLocaleTimeString('en-GB'));
  const times = item.querySelector('.times');
  times.hidden = event.count === 1;
  setText(times, `× ${event.count}`);
  setText(item.querySelector('.text'), event.text.replace(/; advice: .*$/, ''));
  item.querySelector('.advice').hidden = event.advice === '';
  setText(item.querySelector('.advice'), `Advice: ${event.advice}`);
}

document.addEventListener('visibilitychange', () => document.hidden || poll());
poll();
