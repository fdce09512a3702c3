// The card of one endpoint: pool, breaker, traffic, what the kernel says, and the last failure.

import {traffic} from './charts.js';

/** A failure older than this is no news. */
const OLD_MILLIS = 30_000;

const STATES = {CLOSED: 'breaker closed', OPEN: 'breaker open', HALF_OPEN: 'breaker half open', DISABLED: 'no breaker'};

export class EndpointCard {
  /** @param act asked to do something with the endpoint: (action, name) => promise of the answer */
  constructor(name, template, act) {
    this.element = template.content.firstElementChild.cloneNode(true);
    this.element.dataset.endpoint = name;
    this.text('.name', name);
    for (const button of this.element.querySelectorAll('[data-action]')) {
      button.addEventListener('click', () => this.act(button, act, name));
    }
  }

  find(selector) {
    return this.element.querySelector(selector);
  }

  text(selector, value) {
    const element = this.find(selector), text = String(value);
    if (element.textContent !== text) element.textContent = text;
  }

  async act(button, act, name) {
    button.disabled = true;
    this.text('.result', `${button.textContent} …`);
    try {
      this.text('.result', inWords(await act(button.dataset.action, name)));
    } catch (failed) {
      this.text('.result', failed.message);
    } finally {
      button.disabled = false;
    }
  }

  show(endpoint, seconds) {
    this.text('.address', endpoint.endpoint);
    this.showBreaker(endpoint.breaker);
    this.showPool(endpoint.pool);
    this.showTraffic(seconds);
    this.showNumbers(endpoint);
    this.showFailure(endpoint.lastFailure);
    this.showConnections(endpoint.connections);
  }

  showBreaker(breaker) {
    const state = breaker ? breaker.state : 'DISABLED';
    const probe = breaker?.nextProbeInMillis;
    const more = probe === undefined ? '' : `, probe in ${(probe / 1000).toFixed(1)} s`;
    this.text('.breaker', STATES[state] + more);
    this.find('.breaker').className = `breaker ${state}`;
  }

  showPool(pool) {
    for (const part of ['active', 'idle', 'dialling', 'max', 'waiting']) this.text(`.n-${part}`, pool[part]);
    this.find('.waiting').classList.toggle('some', pool.waiting > 0);
    const slots = this.find('.slots');
    const states = ['active', 'idle', 'dialling'].flatMap(part => Array(pool[part]).fill(part));
    while (slots.childElementCount < Math.max(pool.max, states.length)) slots.append(document.createElement('i'));
    while (slots.childElementCount > Math.max(pool.max, states.length)) slots.lastChild.remove();
    [...slots.children].forEach((slot, i) => {
      const state = states[i] || '';
      if (slot.className !== state) slot.className = state;
    });
    slots.setAttribute('aria-label',
      `${pool.active} active, ${pool.idle} idle, ${pool.dialling} dialling of ${pool.max}; ${pool.waiting} waiting`);
  }

  showTraffic(seconds) {
    // The present second is not over yet.
    const last = seconds.at(-2) || {ok: 0, failed: 0, shed: 0};
    for (const part of ['ok', 'failed', 'shed']) this.text(`.n-${part}`, last[part]);
    const chart = this.find('.traffic');
    traffic(chart, seconds.slice(0, -1));
    chart.setAttribute('aria-label',
      `Calls of the last second: ${last.ok} answered, ${last.failed} failed, ${last.shed} held back`);
  }

  showNumbers({pool, connections}) {
    this.text('.v-handshakes', pool.handshakes.toLocaleString('en'));
    this.text('.v-reuse', pool.reuseRatio === undefined ? '–' : `${Math.floor(pool.reuseRatio * 1000) / 10} %`);
    this.text('.v-failed-dials', pool.failedDials.toLocaleString('en'));
    this.text('.v-evicted', pool.evicted.toLocaleString('en'));
    const known = connections.filter(each => each.tcp).map(each => each.tcp);
    const rtts = known.map(tcp => tcp.rttMicros).sort((one, other) => one - other);
    this.text('.v-rtt', rtts.length === 0 ? '–' : micros(rtts[rtts.length >> 1]));
    this.text('.v-retransmits', known.length === 0 ? '–' : known.reduce((sum, tcp) => sum + tcp.retransmits, 0));
  }

  showFailure(failure) {
    const last = this.find('.last');
    last.hidden = !failure;
    if (!failure) return;
    last.classList.toggle('old', failure.agoMillis > OLD_MILLIS);
    this.text('.last .kind', failure.kind || 'OTHER');
    this.text('.when', `last failed dial, ${ago(failure.agoMillis)}`);
    const [message, advice] = failure.message.split('; advice: ');
    this.text('.message', message);
    this.text('.advice', advice ? `Advice: ${advice}` : '');
  }

  showConnections(connections) {
    this.text('summary', `Connections (${connections.length})`);
    if (!this.find('details').open) return;
    this.find('tbody').replaceChildren(...connections.map(each => {
      const row = document.createElement('tr');
      for (const cell of [each.local, each.leased ? 'active' : 'idle', seconds(each.ageMillis), each.uses,
        each.tcp ? micros(each.tcp.rttMicros) : '–', each.tcp ? each.tcp.retransmits : '–']) {
        row.insertCell().textContent = cell;
      }
      return row;
    }));
  }
}

function inWords(answer) {
  if (!answer.done) return answer.failure.message.split('; advice: ')[0];
  if (answer.action === 'DRAIN') return 'drained: new connections take the place of the old';
  if (answer.action === 'WARM_UP') return `${answer.open} open`;
  const [first] = answer.probe.addresses;
  if (!first) return answer.probe.answered ? 'answered' : 'no address';
  return first.failure
    ? `${first.failure.kind}: ${first.failure.message.split('; advice: ')[0]}`
    : `${first.address} answered in ${micros(first.connectMicros)}`;
}

function micros(value) {
  return value < 1000 ? `${value} µs` : `${(value / 1000).toFixed(value < 10_000 ? 1 : 0)} ms`;
}

function seconds(millis) {
  return `${(millis / 1000).toFixed(millis < 10_000 ? 1 : 0)} s`;
}

function ago(millis) {
  return millis < 1000 ? 'now' : millis < 120_000 ? `${Math.floor(millis / 1000)} s ago` : `${Math.floor(millis / 60_000)} min ago`;
}
