// Agents who speak through the JavaScript client, what they were told, and the world around them,
// which the tests' stage (stage.py) lets be commanded.

import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import WebSocket from 'ws';
import { signIn } from '../../esl_bridge/web/sdk/esl-bridge.js';

export const COMPANY = '90001';
export const AGENTS = {
  A: '90001_20000', B: '90001_20001', S: '90001_20002', F: '90001_Front.Desk-5',
};
export const C = '13107618845';
export const NUMBER_OF_F = '40010004';
export const MS = 20_000;
const { ESL_BRIDGE_URL: url, ESL_BRIDGE_STAGE } = process.env;
const EVENTS = ['change', 'offered', 'ended', 'link', 'resumed', 'gap', 'kicked', 'signed_out',
  'directory', 'team', 'push'];

/** Have the world do something; gives its answer. */
export async function stage(...what) {
  const answer = await fetch(ESL_BRIDGE_STAGE, { method: 'POST', body: JSON.stringify(what) });
  const result = await answer.json();
  assert.equal(answer.status, 200, `${what.join(' ')}: ${result}`);
  return result;
}

export const phone = (name, verb, ...rest) => stage('phone', name, verb, ...rest);
export const hears = (name, ...whom) => stage('hears', name, ...whom);
export const picksUp = (name) => stage('picks_up', name);

/** The network between a client and the daemon, which can be cut. */
export async function openLine() {
  const sockets = new Set();
  const { port, hostname } = new URL(url);
  let isUp = true;
  let isSilent = () => false;
  const server = net.createServer((client) => {
    if (!isUp) return client.destroy();
    const daemon = net.connect(port, hostname);
    const silent = [client, daemon];
    for (const [from, to] of [silent, [...silent].reverse()]) {
      sockets.add(from);
      from.on('data', (data) => isSilent(from) || to.write(data));
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        if (!isSilent(from)) to.destroy();
      });
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `ws://127.0.0.1:${server.address().port}/agent`,
    cut: () => sockets.forEach((socket) => socket.destroy()),
    down() { isUp = false; this.cut(); },
    up() { isUp = true; },
    /** The connections of now stay open, and nothing gets through them. */
    fallSilent() {
      const dead = new Set(sockets);
      isSilent = (socket) => dead.has(socket);
    },
    close() { this.down(); server.close(); },
  };
}

/** A promise that must come to be. */
export function inTime(promise, what = 'it') {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not happen`)), MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** The events of an agent, in their order. */
export class Told {
  events = [];
  #changed = [];

  handlers() {
    return Object.fromEntries(EVENTS.map((name) => [name, (value) => {
      this.events.push([name, value]);
      this.#changed.splice(0).forEach((tell) => tell());
    }]));
  }

  of(name) {
    return this.events.filter(([each]) => each === name).map(([, value]) => value);
  }

  /** The last of so many events of this name; more would be too many. */
  async awaited(name, number = 1) {
    await inTime((async () => {
      while (this.of(name).length < number) {
        await new Promise((tell) => { this.#changed.push(tell); });
      }
    })(), `${name} ${number}`);
    assert.equal(this.of(name).length, number, this.events.map(([each]) => each).join(' '));
    return this.of(name).at(-1);
  }
}

/** The link of an agent is up, or never will be. */
export async function up(agent) {
  while (agent.link === 'down') {
    await inTime(new Promise((resolve) => { agent.on('link', resolve); }), 'up');
  }
}

export class Office {
  told = {};
  #agents = [];
  #conversations = [];

  async signsIn(name, { url: at = url, ...how } = {}) {
    const frames = [];
    this.#conversations.push(frames);
    class Noted extends WebSocket {
      constructor(...given) {
        super(...given);
        this.on('message', (data) => frames.push(['received', JSON.parse(data)]));
      }

      send(data) {
        frames.push(['sent', JSON.parse(data)]);
        super.send(data);
      }
    }
    const told = this.told[name] = new Told();
    const agent = await signIn({ url: at, WebSocket: Noted, company: COMPANY, agent: AGENTS[name],
      password: 'example', on: told.handlers(), ...how });
    this.#agents.push(agent);
    return agent;
  }

  /** The agent has called somebody outside, who has answered. */
  async talksTo(agent, name, whom, number, ...how) {
    const call = await agent.call(number, ...how);
    await picksUp(name);
    await picksUp(whom);
    await inTime(call.talking, 'talking');
    return call;
  }

  async closes() {
    for (const agent of this.#agents) agent.close();
    await stage('reset');
    for (const frames of this.#conversations) await stage('conversation', frames);
  }
}

/** A story, after which everybody goes home. */
export function story(name, tell) {
  test(name, async () => {
    const office = new Office();
    try {
      await tell(office);
    } finally {
      await office.closes();
    }
  });
}
