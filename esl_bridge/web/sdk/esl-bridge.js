/**
 * A client of esl-bridge for browsers and Node: an ES module without dependencies.
 * docs/clients/javascript.md says how it is used; data have the names that they have on the wire.
 *
 * Link is a connection, which comes back by itself; Session is what the service has told of one
 * agent on it. Agent and Call are what a user sees of a session.
 */

/**
 * @import * as wire from './messages.d.ts'
 * @typedef {Exclude<wire.Code, '0'>} Code why something was refused or has failed
 * @typedef {'up' | 'down' | 'elsewhere' | 'closed'} LinkState down: it comes back by itself
 * @typedef {Frozen<wire.AgentView>} Snapshot
 * @typedef {Frozen<wire.CheckinReply>} CheckIn
 * @typedef {Frozen<Pick<wire.DirectoryReply, 'agents' | 'skills' | 'ivrs' | 'survey'>>} Directory
 * @typedef {Frozen<Pick<wire.TeamStatusReply, 'agents' | 'queues'>>} Team
 * @typedef {{ code: wire.Code, msg: string, talked: boolean, reason: string }} Ended
 * @typedef {{ token: string, epoch?: string, seq?: number, call?: string
 *   }} Resumption as secret as a password
 * @typedef {Omit<wire.CallRequest, keyof Envelope | 'callee_number' | 'out_line'
 *   | 'work_order_id'>} LegOptions
 * @typedef {{ change: Snapshot, resumed: Snapshot, offered: Call, ended: Call, link: LinkState,
 *   gap: wire.Gap, kicked: wire.KickOff, signed_out: { code: wire.Code, msg: string },
 *   directory: Directory, team: Team, push: Frozen<wire.Push> }} Events
 * @typedef {{ company: string, agent: string, password?: string | (() => string | Promise<string>),
 *   session?: Resumption, take?: boolean, reset?: boolean,
 *   status?: wire.CheckinRequest['start_status'], os?: string,
 *   on?: { [E in keyof Events]?: (value: Events[E]) => unknown } }} SignIn
 * @typedef {{ code?: string, epoch: string, seq: number, req_id?: string, [name: string]: any
 *   }} Message
 * @typedef {wire.PingRequest} Envelope
 * @typedef {(now: Snapshot) => unknown} IsSo
 */
/**
 * @template T
 * @typedef {{ readonly [K in keyof T]: Frozen<T[K]> }} Frozen
 */
/**
 * @template T
 * @typedef {{ promise: Promise<T>, resolve: (value: T) => void, reject: (no: unknown) => void
 *   }} Deferred
 */

const PING_AFTER_MS = 10_000; // of silence
const PROBE_MS = 1500;
const PATIENCE_MS = 2000; // for a reply, after which it is asked whether the connection is alive
const REPLY_MS = 30_000;
const OPEN_MS = 5000;
const SHOWN_MS = 10_000; // for the snapshot to show what the service has said is done
const BACK_OFF_MS = [0, 500, 1000, 2000, 4000, 8000];
const FIRST_TRY_WITHIN_MS = 250;

const WRONG_PASSWORD = '4004';
const OVER_ALREADY = ['4000', '4016'];
/** Refusals of a check-in that may be over soon. */
const LATER = ['4011', '5300', '5301', '5302', '5303', '9999'];
const AT_WORK = ['RINGING', 'CALLING'];
/** The actions that an agent's own leg is called for. */
const CALLS = ['CALL', 'PREVIEW_OUT_CALL', 'SUBSTITUTE', 'EAVESDROP', 'WHISPER', 'FORCE_CALL'];

const LINES = /** @type {const} */ ({ agent: '0', outside: '1' });
const OUT_LINES = /** @type {const} */ ({ agent: 0, outside: 1, room: 2 });
const TRANS_TYPES = /** @type {const} */ ({
  agent: '1', skill: '2', ivr: '3', outside: '4', survey: '5',
});
const RECORDING = { start: 'on', pause: 'paused', resume: 'on', stop: 'off' };
/** @type {Record<string, Code>} */
const CODES = { NO_ANSWER: '5201', REJECTED: '5202', CALLER_GONE: '5206', SWITCH_LOST: '5300' };

export class ClientError extends Error {}
/** Nothing was sent: the link is not up. */
export class NotConnected extends ClientError {}
/** It did not come to be so in time. */
export class TimedOut extends ClientError {}

/** The connection broke before the answer: the snapshot after `resumed` tells what was done. */
export class AnswerLost extends ClientError {
  /** @param {string} msgType */
  constructor(msgType) {
    super(`${msgType}: the answer was lost`);
    this.msgType = msgType;
  }
}

/** The service refuses a request. */
export class Refused extends ClientError {
  /** @param {Code} code @param {string} msg @param {string} msgType @param {object} reply */
  constructor(code, msg, msgType, reply) {
    super(msg);
    this.code = code;
    this.msgType = msgType;
    this.reply = reply;
  }
}

/** What was accepted has failed: nobody answered, busy, cancelled... */
export class CallFailed extends Refused {}

/** @template T @returns {Deferred<T>} */
function defer() {
  const made = /** @type {Deferred<T>} */ ({});
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  made.promise.catch(() => {}); // whoever waits is told; nobody has to
  return made;
}

/** @template T @param {number | undefined} ms @param {Promise<T>} promise @returns {Promise<T>} */
function within(ms, promise) {
  if (ms === undefined) return promise;
  /** @type {any} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new TimedOut('it did not come to be so')), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** @param {Message} message */
const refusal = (message, kind = Refused) => new kind(
  /** @type {Code} */ (message.code), message.msg, message.action ?? message.msg_type, message,
);

/**
 * What has changed takes its old place; what is new comes last.
 * @template T @param {readonly T[]} known @param {readonly T[]} changed @param {keyof T} key
 * @param {readonly unknown[]} [gone]
 */
function merge(known, changed, key, gone = []) {
  const items = new Map([...known, ...changed].map((one) => [one[key], one]));
  gone.forEach((each) => items.delete(/** @type {any} */ (each)));
  return Object.freeze([...items.values()]);
}

class Link {
  /** @type {Map<string, Session>} */
  sessions = new Map();
  /** @type {Map<string, Deferred<Message> & { msgType: string, then?: (reply: any) => void }>} */
  #pending = new Map();
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {Deferred<void> | null} */
  #opening = null;
  #openingSince = 0;
  #failures = 0;
  /** @type {any} */
  #retry;
  /** @type {any} */
  #silence;
  #ids = 0;
  #prefix = Math.random().toString(36).slice(2);

  /** @param {string} url @param {typeof globalThis.WebSocket} WebSocket */
  constructor(url, WebSocket) {
    this.url = url;
    this.WebSocket = WebSocket;
  }

  get isOpen() {
    return this.#socket !== null && !this.#opening;
  }

  get #isWanted() {
    return [...this.sessions.values()].some((session) => session.comesBack);
  }

  /** Have a connection. @returns {Promise<void>} */
  connect() {
    if (this.isOpen) return Promise.resolve();
    return (this.#opening ?? this.#open()).promise;
  }

  #open() {
    clearTimeout(this.#retry);
    const opening = this.#opening ?? defer();
    const socket = new this.WebSocket(this.url);
    const late = setTimeout(() => this.#lose(socket), OPEN_MS);
    this.#opening = opening;
    this.#openingSince = Date.now();
    this.#socket = socket;
    socket.onopen = () => {
      clearTimeout(late);
      this.#opening = null;
      this.#listenToPage(true);
      this.#isHeard();
      opening.resolve();
      for (const session of this.sessions.values()) if (session.comesBack) session.comeBack();
    };
    socket.onmessage = ({ data }) => {
      this.#isHeard();
      this.#take(JSON.parse(data, (_, value) => Object.freeze(value)));
    };
    socket.onerror = () => {};
    socket.onclose = () => {
      clearTimeout(late);
      this.#lose(socket);
    };
    return opening;
  }

  /** It is given up at once: a socket may take long to say that it is closed. @param {any} socket */
  #abandon(socket) {
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.terminate ? socket.terminate() : socket.close();
  }

  /** @param {WebSocket | null} socket */
  #lose(socket, { atOnce = false } = {}) {
    if (!socket || socket !== this.#socket) return;
    this.#abandon(socket);
    clearTimeout(this.#silence);
    const opening = this.#opening;
    this.#socket = this.#opening = null;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const session of this.sessions.values()) session.lost();
    for (const each of pending) each.reject(new AnswerLost(each.msgType));
    opening?.reject(new NotConnected('the connection cannot be opened'));
    if (!this.#isWanted) return this.#listenToPage(false);
    // Each varies by half, so that a thousand clients do not come back at once.
    const usual = BACK_OFF_MS[Math.min(this.#failures++, BACK_OFF_MS.length - 1)];
    const delay = usual ? usual * (0.5 + Math.random()) : Math.random() * FIRST_TRY_WITHIN_MS;
    this.#retry = setTimeout(() => this.#open(), atOnce ? 0 : delay);
  }

  /** A session has come through: the next loss is a new one. */
  isWell() {
    this.#failures = 0;
  }

  /** The network or the tab is back. */
  wake() {
    if (this.isOpen) {
      this.makeSure();
    } else if (this.#isWanted) {
      if (!this.#opening) this.#open();
      else if (Date.now() - this.#openingSince > PROBE_MS) { // on a network that may be gone
        this.#lose(this.#socket, { atOnce: true });
      }
    }
  }

  /** Give the connection up if it does not answer: it may have died without a word. */
  async makeSure() {
    const socket = this.#socket;
    const [session] = this.sessions.values();
    if (!session || !this.isOpen) return;
    try {
      await within(PROBE_MS, this.send(session, 'ping', {}));
    } catch {
      this.#lose(socket, { atOnce: true });
    }
  }

  /**
   * Armed by what arrives, not by a timer: a browser lets a chain of timers run but once a minute
   * in a tab that is hidden.
   */
  #isHeard() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.makeSure(), PING_AFTER_MS);
  }

  /** @param {boolean} listen */
  #listenToPage(listen) {
    const act = listen ? 'addEventListener' : 'removeEventListener';
    globalThis[act]?.('online', this.#wakes);
    globalThis[act]?.('pageshow', this.#wakes);
    globalThis.document?.[act]('visibilitychange', this.#wakes);
  }

  #wakes = () => {
    if (!globalThis.document?.hidden) this.wake();
  };

  /**
   * Send a request; gives its successful reply. `then` is told it before any later push is taken.
   * @param {Session} session @param {string} msgType @param {object} fields
   * @param {(reply: any) => void} [then] @param {(reqId: string) => void} [before]
   * @returns {Promise<any>}
   */
  async send(session, msgType, fields, then, before) {
    if (!this.isOpen) throw new NotConnected('the connection is down');
    const reqId = `${this.#prefix}-${++this.#ids}`;
    const pending = Object.assign(/** @type {Deferred<Message>} */ (defer()), { msgType, then });
    this.#pending.set(reqId, pending);
    before?.(reqId);
    this.#socket?.send(JSON.stringify(
      { req_id: reqId, msg_type: msgType, ...session.envelope, ...fields },
    ));
    return pending.promise;
  }

  /** @param {Message} message */
  #take(message) {
    const pending = this.#pending.get(message.req_id ?? '');
    if (pending && [pending.msgType, 'pong'].includes(message.msg_type)) {
      this.#pending.delete(/** @type {string} */ (message.req_id));
      if (message.code !== '0') return pending.reject(refusal(message));
      pending.then?.(message);
      return pending.resolve(message);
    }
    const session = this.sessions.get(`${message.company_code}/${message.agent_id}`)
      ?? [...this.sessions.values()].find((one) => one.isCatchingUp); // a gap may name nobody
    session?.take(message);
  }

  /** Close the connection, if no session needs it any more. */
  release() {
    if ([...this.sessions.values()].some((session) => session.isAlive)) return;
    clearTimeout(this.#retry);
    if (this.#socket) this.#lose(this.#socket);
    this.#listenToPage(false);
  }
}

/** What a request has begun. `started`: its parties talk; `ended`: it has reached its aim. */
class Action {
  /** @type {Deferred<void>} */
  started = defer();
  /** @type {Deferred<void>} */
  ended = defer();

  /** @param {string} msgType */
  constructor(msgType) {
    this.msgType = msgType;
  }

  /** Take its next push; gives whether that was the last. @param {Message} push */
  advance(push) {
    const { phase, success } = push;
    if (phase === 'INITIATE') return false;
    if (!success) {
      this.lose(refusal(push, CallFailed));
    } else {
      this.started.resolve();
      if (phase === 'END_CALL') this.ended.resolve();
    }
    return phase === 'END_CALL';
  }

  /** @param {ClientError} error */
  lose(error) {
    this.started.reject(error);
    this.ended.reject(error);
  }
}

/** What is known of a call, which its Call shows. */
class Leg {
  /** @type {Frozen<wire.AgentCall> | null} */
  view = null;
  /** @type {Message | null} the callin */
  offer = null;
  /** @type {Message | null} the END_CALL of its action */
  last = null;
  reason = '';
  wasTold = false;
  hasLeft = false;
  hasTalked = false;
  /** @type {Ended | null} */
  endedAs = null;
  /** @type {Deferred<void>} */
  talking = defer();
  /** @type {Deferred<Ended>} */
  ended = defer();

  /** @param {Session} session @param {string} uuid */
  constructor(session, uuid) {
    this.uuid = uuid;
    this.call = new Call(session, this);
  }

  get direction() {
    return this.view?.direction ?? (this.offer ? 'inbound' : 'outbound');
  }

  talks() {
    this.hasTalked = true;
    this.talking.resolve();
  }

  end() {
    const { last, reason, hasTalked: talked } = this;
    const code = last?.code ?? CODES[reason] ?? '0';
    this.endedAs = Object.freeze({
      code: /** @type {wire.Code} */ (code), msg: last?.msg ?? '', talked, reason,
    });
    this.talking.reject(refusal(last ?? /** @type {any} */ (
      { code, msg: reason || 'the call is over', msg_type: 'call' }), CallFailed));
    this.ended.resolve(this.endedAs);
  }

  /** Nobody will tell any more how it goes on. @param {ClientError} error */
  lose(error) {
    this.talking.reject(error);
    this.ended.reject(error);
  }
}

class Session {
  /** @type {LinkState} */
  state = 'down';
  /** @type {Snapshot} */
  snapshot = /** @type {any} */ (null);
  /** @type {CheckIn} */
  checkin = /** @type {any} */ (null);
  /** @type {Directory | null} */
  directory = null;
  /** @type {Team | null} */
  team = null;
  isCatchingUp = false;
  epoch = '';
  seq = 0;
  /** @type {string | null} */
  token = null;
  /** @type {Map<string, Leg>} */
  legs = new Map();
  #hasBeenUp = false;
  #clockMs = 0;
  /** @type {Map<string, Action>} */
  #actions = new Map();
  /** @type {Set<Deferred<Snapshot> & { isSo: IsSo }>} */
  #watchers = new Set();
  /** @type {Map<string, ((value: any) => unknown)[]>} */
  #handlers = new Map();

  /** @param {Link} link @param {SignIn} how */
  constructor(link, { company, agent, password, session, os = 'JavaScript', on = {} }) {
    this.link = link;
    this.key = `${company}/${agent}`;
    this.envelope = { company_code: company, agent_id: agent, os };
    this.password = password;
    if (session) {
      this.token = session.token;
      this.epoch = session.epoch ?? '';
      this.seq = session.seq ?? 0;
      if (session.call) this.leg(session.call).wasTold = true;
    }
    for (const [event, handler] of Object.entries(on)) this.on(event, handler);
  }

  get isAlive() {
    return this.state === 'up' || this.state === 'down';
  }

  /** Whether a new connection is wanted for it. */
  get comesBack() {
    return this.isAlive && this.#hasBeenUp;
  }

  get serverMs() {
    return performance.now() + this.#clockMs;
  }

  get currentLeg() {
    return this.legs.get(this.snapshot?.call?.uuid ?? '');
  }

  // -- events ----------------------------------------------------------------------------------

  /** @param {string} event @param {(value: any) => unknown} handler */
  on(event, handler) {
    const handlers = () => this.#handlers.get(event) ?? [];
    this.#handlers.set(event, [...handlers(), handler]);
    if (event === 'offered' && this.snapshot?.stage === 'RINGING_OFFERED') {
      this.#tellOffered(this.currentLeg);
    }
    return () => void this.#handlers.set(event, handlers().filter((one) => one !== handler));
  }

  /** The handlers are called later, in the order of what happened. */
  #emit(/** @type {string} */ event, /** @type {unknown} */ value) {
    for (const handler of this.#handlers.get(event) ?? []) {
      Promise.resolve().then(() => handler(value)).catch((error) => console.error(error));
    }
  }

  // -- asking ----------------------------------------------------------------------------------

  /**
   * The successful reply. `action`: what the request begins.
   * @param {string} msgType @param {object} [fields] @param {Action} [action]
   * @param {(reply: any) => void} [then]
   */
  async ask(msgType, fields = {}, action, then) {
    if (this.state !== 'up') throw new NotConnected(`${msgType}: the link is ${this.state}`);
    let begun = '';
    const patience = setTimeout(() => this.link.makeSure(), PATIENCE_MS);
    try {
      return await within(REPLY_MS, this.link.send(this, msgType, fields, then, (reqId) => {
        begun = reqId;
        if (action) this.#actions.set(reqId, action);
      }));
    } catch (error) {
      this.#actions.delete(begun);
      throw error;
    } finally {
      clearTimeout(patience);
    }
  }

  /**
   * Ask, and wait until a snapshot shows it, however briefly.
   * @param {IsSo} isSo @param {string} msgType @param {object} [fields]
   */
  async askUntil(isSo, msgType, fields) {
    const watcher = this.#watch(isSo);
    try {
      await this.ask(msgType, fields);
      if (!isSo(this.snapshot)) await within(SHOWN_MS, watcher.promise);
    } finally {
      this.#watchers.delete(watcher);
    }
  }

  /** @param {string} msgType @param {object} fields */
  async begin(msgType, fields) {
    const action = new Action(msgType);
    await this.ask(msgType, fields, action);
    return action;
  }

  /** @param {IsSo} isSo @param {number} [ms] @returns {Promise<Snapshot>} */
  async until(isSo, ms) {
    if (isSo(this.snapshot)) return this.snapshot;
    if (!this.isAlive) throw new NotConnected(`the link is ${this.state}`);
    const watcher = this.#watch(isSo);
    try {
      return await within(ms, watcher.promise);
    } finally {
      this.#watchers.delete(watcher);
    }
  }

  /** Each snapshot from now on is tried. @param {IsSo} isSo */
  #watch(isSo) {
    const watcher = Object.assign(/** @type {Deferred<Snapshot>} */ (defer()), { isSo });
    this.#watchers.add(watcher);
    return watcher;
  }

  // -- signing in ------------------------------------------------------------------------------

  /**
   * By the token where there is one; resolves once all that was missed has been taken.
   * @param {object} [fields]
   */
  async checkIn(fields = {}) {
    for (;;) {
      const { token, password } = this;
      const by = token
        ? { token, ...(this.epoch && { epoch: this.epoch, seq: this.seq }) }
        : { agent_pwd: typeof password === 'function' ? await password() : password };
      const caughtUp = /** @type {Deferred<void>} */ (defer());
      try {
        await this.link.send(this, 'checkin', { want: ['desk'], ...fields, ...by }, (reply) => {
          this.token = reply.token;
          this.checkin = reply;
          this.isCatchingUp = true;
          this.#show(reply.desk);
          // What was missed follows the reply, and the answer to this follows that.
          this.link.send(this, 'ping', {}, () => this.#caughtUp())
            .then(() => caughtUp.resolve(), caughtUp.reject);
        });
        return await caughtUp.promise;
      } catch (no) {
        if (!(no instanceof Refused && no.code === WRONG_PASSWORD && token && password)) throw no;
        this.token = null; // it has had its time
      }
    }
  }

  /** There is a connection again. */
  async comeBack() {
    try {
      await this.checkIn();
    } catch (no) {
      const { code = WRONG_PASSWORD, message } = /** @type {Refused} */ (no);
      if (no instanceof ClientError && !(no instanceof Refused)) return; // the next connection tries
      if (!LATER.includes(code)) return this.leave('closed', { code, msg: message });
      setTimeout(() => this.state === 'down' && this.link.isOpen && this.comeBack(),
        1000 + 2000 * Math.random());
    }
  }

  #caughtUp() {
    this.isCatchingUp = false;
    this.#settle(true);
    this.link.isWell();
    this.#become('up');
    if (this.#hasBeenUp) {
      this.#emit('resumed', this.snapshot);
      if (this.directory) this.#subscribe('directory').catch(() => {});
      if (this.team) this.#subscribe('team').catch(() => {});
    }
    this.#hasBeenUp = true;
  }

  lost() {
    if (this.state === 'up') this.#become('down');
    this.isCatchingUp = false;
  }

  /**
   * The agent is no longer here; nothing that waits can come to be so.
   * @param {'elsewhere' | 'closed'} state @param {Events['signed_out']} [why]
   */
  leave(state, why) {
    if (!this.isAlive) return;
    this.#become(state);
    const gone = new NotConnected(`the link is ${state}`);
    for (const each of [...this.#actions.values(), ...this.legs.values()]) each.lose(gone);
    for (const each of this.#watchers) each.reject(gone);
    this.#actions.clear();
    this.legs.clear();
    this.#watchers.clear();
    if (why) this.#emit('signed_out', why);
    if (state === 'closed') this.link.sessions.delete(this.key);
    this.link.release();
  }

  /** After another client has had the agent, whose pushes are none of this one's. */
  beginAnew() {
    if (this.state !== 'elsewhere') throw new NotConnected(`the link is ${this.state}`);
    this.state = 'down';
    this.#hasBeenUp = false;
    this.epoch = '';
    if (this.password) this.token = null;
  }

  /** @param {LinkState} state */
  #become(state) {
    if (state === this.state) return;
    this.state = state;
    this.#emit('link', state);
  }

  // -- what comes ------------------------------------------------------------------------------

  /** @param {Message} push */
  take(push) {
    if (push.msg_type === 'kick_off') {
      this.#emit('kicked', push);
      this.leave('elsewhere');
    } else if (push.msg_type === 'gap') {
      this.epoch = push.epoch;
      this.seq = push.to_seq;
      // Their end may have been among what is lost.
      for (const action of this.#actions.values()) action.lose(new AnswerLost(action.msgType));
      this.#actions.clear();
      this.#emit('gap', push);
    } else if (push.epoch && !(push.epoch === this.epoch && push.seq <= this.seq)) { // else again
      this.epoch = push.epoch;
      this.seq = push.seq;
      this.#emit('push', push);
      this.#apply(push);
    }
  }

  /** @param {Message} push */
  #apply(push) {
    switch (push.msg_type) {
      case 'desk_change':
        return this.#show(push.desk);
      case 'callin':
        this.leg(push.uuid).offer = push;
        return;
      case 'callback':
        return this.#advance(push);
      case 'agent_change':
        return this.#changeStatus(push);
      case 'directory_change':
        if (!this.directory) return;
        this.directory = Object.freeze({
          agents: merge(this.directory.agents, push.agents, 'agent_id', push.gone_agents),
          skills: merge(this.directory.skills, push.skills, 'skill', push.gone_skills),
          ivrs: push.ivrs ?? this.directory.ivrs,
          survey: push.survey ?? this.directory.survey,
        });
        return this.#emit('directory', this.directory);
      case 'team_change':
        if (!this.team) return;
        this.team = Object.freeze({
          agents: merge(this.team.agents, push.agents, 'agent_id'),
          queues: merge(this.team.queues, push.queues, 'skill'),
        });
        return this.#emit('team', this.team);
    }
  }

  /** @param {Message} push */
  #advance(push) {
    const { req_id: reqId = '', uuid, action, phase } = push;
    if (this.#actions.get(reqId)?.advance(push)) this.#actions.delete(reqId);
    const leg = this.legs.get(uuid);
    if (!leg || !CALLS.includes(action)) return;
    if (phase === 'START_CALL') leg.talks();
    if (phase !== 'END_CALL') return;
    leg.last = push;
    leg.hasLeft = true;
    if (!leg.view) this.#settle();
  }

  /** @param {Message} push */
  #changeStatus({ last_agent_status: last, agent_status: now, reason = '', uuid }) {
    if (AT_WORK.includes(last) && !AT_WORK.includes(now)) {
      for (const leg of this.legs.values()) {
        if (uuid && uuid !== leg.uuid) continue;
        leg.reason = reason;
        leg.hasLeft = true;
      }
    }
    if (now !== 'OFFLINE' || this.isCatchingUp) return;
    this.#show({ ...this.snapshot, status: now, sub_status: null, stage: 'MANUAL', call: null,
      next: null });
    this.leave('closed', { code: '0', msg: reason });
  }

  // -- the snapshot and the calls --------------------------------------------------------------

  /** @param {Snapshot} desk */
  #show(desk) {
    const last = this.snapshot?.call;
    const shown = desk.call;
    const call = shown && shown.flow_data === undefined // it is as it was last
      ? Object.freeze({ ...shown, flow_data: last?.uuid === shown.uuid ? last.flow_data : null })
      : shown;
    const now = this.snapshot = Object.freeze({ ...desk, call });
    this.#clockMs = now.now_ms - performance.now();
    if (call) {
      const leg = this.leg(call.uuid);
      leg.view = call;
      if (call.talk_ms) leg.talks();
      if (call.direction === 'inbound' && (this.#hasBeenUp || now.stage === 'RINGING_OFFERED')) {
        this.#tellOffered(leg);
      }
    }
    for (const watcher of this.#watchers) if (watcher.isSo(now)) watcher.resolve(now);
    if (!this.isCatchingUp) this.#settle();
    this.#emit('change', now);
  }

  /** @param {string} uuid */
  leg(uuid) {
    const leg = this.legs.get(uuid) ?? new Leg(this, uuid);
    this.legs.set(uuid, leg);
    return leg;
  }

  /** Once a call, and not before somebody listens. @param {Leg} [leg] */
  #tellOffered(leg) {
    if (!leg || leg.wasTold || !this.#handlers.get('offered')?.length) return;
    leg.wasTold = true;
    this.#emit('offered', leg.call);
  }

  /**
   * End the calls that the snapshot shows no longer. One that it has never shown is about to be,
   * but after an absence.
   */
  #settle(wasAway = false) {
    for (const leg of [...this.legs.values()]) {
      const isOver = leg.view || leg.hasLeft || wasAway;
      if (!isOver || leg.uuid === this.snapshot.call?.uuid) continue;
      this.legs.delete(leg.uuid);
      leg.end();
      if (leg.direction === 'inbound') this.#tellOffered(leg);
      this.#emit('ended', leg.call);
    }
  }

  /** @param {'directory' | 'team'} what */
  async #subscribe(what) {
    const msgType = what === 'team' ? 'team_status' : what;
    await this.ask(msgType, {}, undefined, ({ agents, skills, ivrs, survey, queues }) => {
      if (what === 'team') this.team = Object.freeze({ agents, queues });
      else this.directory = Object.freeze({ agents, skills, ivrs, survey });
      this.#emit(what, this[what]);
    });
  }

  /** From the first time on it is kept up to date. @param {'directory' | 'team'} what */
  async subscribed(what) {
    if (!this[what]) await this.#subscribe(what);
    return /** @type {any} */ (this[what]);
  }
}

/**
 * A call of an agent. What is asked of it is done when its promise resolves, by what the switch has
 * shown; it rejects with Refused where the service refuses, with CallFailed where what was accepted
 * fails afterwards.
 */
export class Call {
  /** @type {Session} */
  #session;
  /** @type {Leg} */
  #leg;

  /** @param {any} session @param {any} leg */
  constructor(session, leg) {
    this.#session = session;
    this.#leg = leg;
  }

  /** The agent's own leg. */
  get uuid() { return this.#leg.uuid; }
  /** As the last snapshot showed it, kept when it is over; null where none ever has. */
  get view() { return this.#leg.view; }
  /** `inbound`: it was offered to the agent. */
  get direction() { return this.#leg.direction; }
  /** The customer's, else the other party's. @returns {string | null} */
  get number() { return this.view?.number ?? this.#leg.offer?.caller_number ?? null; }
  /** The same for all who are in contact with one customer. @returns {string | null} */
  get contactId() {
    return (this.view ?? this.#leg.offer ?? this.#leg.last)?.contact_id ?? null;
  }
  get isTalking() { return this.#leg.hasTalked && !this.isOver; }
  get isOver() { return this.endedAs !== null; }
  /** How it ended; null while it goes on. */
  get endedAs() { return this.#leg.endedAs; }
  /** The two talk; a supervisor hears. CallFailed where the call ends before. */
  get talking() { return this.#leg.talking.promise; }
  /** Rejects only where this client no longer follows the agent. */
  get ended() { return this.#leg.ended.promise; }

  /** Have the phone answer. Refused 4107: it does not obey, and is answered at the phone. */
  answer() {
    return this.#askUntil((now) => now.status === 'CALLING', 'answer');
  }

  /** End it for this agent; in a three-way, and while a transfer rings, the others go on. */
  async hangUp() {
    try {
      await this.#session.ask('hangup', { uuid: this.uuid });
    } catch (no) {
      if (!(no instanceof Refused && OVER_ALREADY.includes(no.code))) throw no;
    }
    return within(SHOWN_MS, this.ended);
  }

  /** The far party hears music; `false`: talk on. */
  hold(on = true) {
    return this.#askUntil((now) => now.call?.hold === on, 'hold', { hold: on ? '1' : '0' });
  }

  /** Nobody hears the agent, who hears all. */
  mute(on = true) {
    return this.#askUntil((now) => now.call?.mute === on, 'mute', { mute: on ? '1' : '0' });
  }

  /**
   * Send tones to the far party: 0 INFO, 1 in-band, 3 RFC 2833; `w` waits half a second, `W` one.
   * @param {string} digits @param {0 | 1 | 3} how
   */
  async dtmf(digits, how = 3) {
    await this.#ask('dtmf', { content: digits, dtmf_type: how });
  }

  /** Control the recording of the agent's leg. @param {keyof RECORDING} action */
  record(action) {
    /** @type {IsSo} */
    const isSo = ({ call }) => call?.parties.find((leg) => leg.uuid === this.uuid)?.recording
      === RECORDING[action];
    return this.#askUntil(isSo, 'record_control', { action });
  }

  /** Done once the far side has agreed.
   * @param {Pick<wire.ChangeMediaRequest, 'audio' | 'video' | 'pixels' | 'reneg_other'>} media */
  async changeMedia(media) {
    await (await this.#begin('change_media', media)).ended.promise;
  }

  /**
   * Done once the customer is handed over; CallFailed where the target fails and the customer is
   * back. A survey needs no `to`. `talkOn`: the two talk on while the target rings.
   * @param {string} [to] @param {keyof TRANS_TYPES} kind
   * @param {LegOptions & { talkOn?: boolean }} options
   */
  async transfer(to, kind = 'agent', { talkOn, ...options } = {}) {
    const action = await this.#begin('trans', { type: talkOn ? '2' : '1',
      trans_type: TRANS_TYPES[kind], trans_number: to, ...options });
    await this.#after(action.ended, () => false);
  }

  /** Have the customer back while the target rings; the transfer fails with 5207. */
  cancelTransfer() {
    return this.#askUntil((now) => now.stage !== 'TRANS', 'trans', { type: '3' });
  }

  /**
   * Done once agent and consultant talk; CallFailed where that fails and the customer is back.
   * @param {string} to @param {keyof LINES} kind @param {LegOptions} options
   */
  async consult(to, kind = 'agent', options = {}) {
    const action = await this.#begin('consult', { type: '1', consult_type: LINES[kind],
      consult_number: to, ...options });
    await this.#after(action.started, (now) => now.stage !== 'CONSULT_RINGS');
  }

  /** Also while it rings; the customer is back. */
  endConsult() {
    return this.#askUntil((now) => !now.stage.startsWith('CONSULT_'), 'consult', { type: '2' });
  }

  /** Hand the customer to the consultant; CallFailed where that fails, as in a transfer. */
  async handOver() {
    const consultant = this.#consultant?.uuid;
    const action = await this.#begin('consult_to_trans', { consult_uuid: consultant ?? '' });
    await this.#after(action.ended, () => false);
  }

  /**
   * Done once three talk. In a consult, without `to`: with the consultant.
   * @param {string} [to] @param {keyof LINES} kind @param {LegOptions} options
   */
  async threeWay(to, kind = 'agent', options = {}) {
    const { agent_id: agent, number } = this.#consultant ?? {};
    const action = await this.#begin('three_way', {
      three_way_type: LINES[to ? kind : agent ? 'agent' : 'outside'],
      three_way_number: to ?? agent ?? number,
      ...options,
    });
    const before = ['TALK', 'HOLD', 'THIRD_RINGS', 'CONSULT_TALKS'];
    await this.#after(action.started, (now) => !before.includes(now.stage));
  }

  /** Hang up the leg of a consultant or third party. @param {string} uuid */
  drop(uuid) {
    return this.#session.askUntil(
      ({ call }) => !call?.parties.some((leg) => leg.uuid === uuid), 'hangup', { uuid });
  }

  /** Say what came of the call, also after its end. @param {string} [disposition]
   * @param {string} [notes] */
  async wrapUp(disposition, notes) {
    await this.#ask('wrap_up', { disposition, notes });
  }

  get #consultant() {
    return this.view?.parties.find((leg) => leg.role === 'consultant');
  }

  /** @param {string} msgType @param {object} fields */
  #ask(msgType, fields) {
    return this.#session.ask(msgType, { uuid: this.uuid, ...fields });
  }

  /** @param {string} msgType @param {object} fields */
  #begin(msgType, fields) {
    return this.#session.begin(msgType, { uuid: this.uuid, ...fields });
  }

  /** The end of the call answers all questions. @param {IsSo} isSo @returns {IsSo} */
  #orOver(isSo) {
    return (now) => now.call?.uuid !== this.uuid || isSo(now);
  }

  /** @param {IsSo} isSo @param {string} msgType @param {object} [fields] */
  #askUntil(isSo, msgType, fields) {
    return this.#session.askUntil(this.#orOver(isSo), msgType, { uuid: this.uuid, ...fields });
  }

  /** @param {Deferred<void>} awaited @param {IsSo} isSo */
  async #after(awaited, isSo) {
    await awaited.promise;
    await this.#session.until(this.#orOver(isSo), SHOWN_MS);
  }
}

/** An agent that is signed in. */
export class Agent {
  /** @type {Session} */
  #session;

  /** @param {any} session */
  constructor(session) {
    this.#session = session;
  }

  get id() { return this.#session.envelope.agent_id; }
  /** All there is to show of the agent; it never changes, a new one replaces it. */
  get snapshot() { return this.#session.snapshot; }
  /** @returns {Call | null} */
  get currentCall() { return this.#session.currentLeg?.call ?? null; }
  get link() { return this.#session.state; }
  /** The last reply to `checkin`: `ext_id`, `sip_address`, `dispositions`... */
  get checkin() { return this.#session.checkin; }
  /** What signs the agent in again after a reload, with all that it missed. @returns {Resumption} */
  get session() {
    const { token, epoch, seq } = this.#session;
    const call = this.snapshot.call?.uuid;
    return { token: token ?? '', ...(epoch && { epoch, seq }), ...(call && { call }) };
  }
  /** The service's clock, in the milliseconds of the snapshot's times. */
  get serverMs() { return this.#session.serverMs; }

  /**
   * Have a function called whenever this happens; gives what ends that.
   * @template {keyof Events} E @param {E} event @param {(value: Events[E]) => unknown} handler
   */
  on(event, handler) {
    return this.#session.on(event, handler);
  }

  /** Wait until a snapshot is such, and give it. @param {IsSo} isSo @param {number} [ms] */
  until(isSo, ms) {
    return this.#session.until(isSo, ms);
  }

  /**
   * Call somebody; done once the call has begun, and the agent's own phone is rung.
   * @param {string} number @param {keyof OUT_LINES} kind
   * @param {LegOptions & { workOrderId?: string }} options
   */
  async call(number, kind = 'outside', { workOrderId, ...options } = {}) {
    return (await this.#setUp('call', { callee_number: number, out_line: OUT_LINES[kind],
      work_order_id: workOrderId, ...options })).call;
  }

  /**
   * @param {'FREE' | 'BUSY' | 'REST' | 'ARRANGE'} status @param {number} [restMinutes]
   */
  setStatus(status, restMinutes) {
    return this.#session.askUntil((now) => now.status === status, 'change_status',
      { action: `MAKE_${status}`, rest_min: restMinutes });
  }

  /**
   * In a call: the state after it; null takes that back.
   * @param {'FREE' | 'BUSY' | 'REST' | 'OFFLINE' | null} status @param {number} [restMinutes]
   */
  setNext(status, restMinutes) {
    const action = status === null ? 'CANCEL' : status === 'OFFLINE' ? 'CHECKOUT' : `MAKE_${status}`;
    return this.#session.askUntil((now) => now.next === status || !now.call, 'change_status',
      { action: `${action}_AFTER_CALL_STOP`, rest_min: restMinutes });
  }

  /** 1: queues offer callers; 2: they do not, for outbound work. @param {1 | 2} mode */
  async setServiceMode(mode) {
    await this.#session.ask('toggle_service_mode', { service_mode: mode });
  }

  /** Whom the agent can reach; kept up to date from the first time on.
   * @returns {Promise<Directory>} */
  directory() {
    return this.#session.subscribed('directory');
  }

  /** All agents and queues of the company, for a supervisor; kept up to date likewise.
   * @returns {Promise<Team>} */
  team() {
    return this.#session.subscribed('team');
  }

  /**
   * Hear an agent's call, heard by nobody. Of the same agent, one may go from one of `listen`,
   * `whisper` and `barge` to another.
   * @param {string} agent
   */
  listen(agent) { return this.#supervise('eavesdrop', agent); }
  /** Hear an agent's call, and be heard by the agent alone. @param {string} agent */
  whisper(agent) { return this.#supervise('whisper', agent); }
  /** Join an agent's call: all hear all. @param {string} agent */
  barge(agent) { return this.#supervise('force_call', agent); }
  /** Take the call over that rings at an agent, or that it is in. @param {string} agent */
  takeOver(agent) { return this.#supervise('substitute', agent); }

  /** End an agent's whole call. @param {string} agent */
  async interrupt(agent) {
    const action = await this.#session.begin('interrupt_call', await this.#operated(agent));
    await action.ended.promise;
  }

  /**
   * Change another agent's state: FREE and BUSY after its call, where it is in one.
   * @param {string} agent @param {'FREE' | 'BUSY' | 'RESET' | 'CHECKOUT'} what
   */
  async force(agent, what) {
    const action = what === 'FREE' || what === 'BUSY' ? `FORCE_MAKE_${what}` : `FORCE_${what}`;
    await this.#session.ask('change_status', { action, ...await this.#operated(agent) });
  }

  /** The network or the tab is back: reconnect at once, or make sure that the link is alive. */
  wake() {
    this.#session.link.wake();
  }

  /** Take the agent back from the client that has it, because its user asks for that.
   * @param {string} [password] */
  async takeBack(password) {
    if (password) this.#session.password = password;
    this.#session.beginAnew();
    await signInOn(this.#session, { take: true }, 'elsewhere');
  }

  /** Check out, which ends the agent's calls, and close. */
  async signOut() {
    try {
      if (this.link === 'up') {
        await this.#session.askUntil((now) => now.status === 'OFFLINE', 'checkout');
      }
    } catch (no) {
      if (!(no instanceof AnswerLost && this.link === 'closed')) throw no; // that was told first
    } finally {
      this.close();
    }
  }

  /** Leave the connection without a checkout: the service gives the agent its grace time. */
  close() {
    this.#session.leave('closed');
  }

  /**
   * Any request of the protocol, as it is; gives its successful reply.
   * @template {keyof wire.Requests} K @param {K} msgType
   * @param {Omit<wire.Requests[K], keyof Envelope>} fields
   * @returns {Promise<Frozen<Extract<wire.Replies[K], { code: '0' }>>>}
   */
  request(msgType, fields) {
    return this.#session.ask(msgType, fields);
  }

  /** A request whose reply names the agent's own leg. @param {string} msgType
   * @param {object} fields */
  async #setUp(msgType, fields) {
    const action = new Action(msgType);
    /** @type {any} */
    let leg;
    await this.#session.ask(msgType, fields, action, ({ uuid }) => {
      leg = this.#session.leg(uuid);
    });
    return { call: /** @type {Call} */ (leg.call), action };
  }

  /** @param {string} msgType @param {string} agent */
  async #supervise(msgType, agent) {
    const { call, action } = await this.#setUp(msgType, await this.#operated(agent));
    await action.started.promise;
    await this.#session.until((now) => now.status === 'CALLING' || call.isOver, SHOWN_MS);
    return call;
  }

  /** The agent, and its extension, which the protocol wants as well. @param {string} agent */
  async #operated(agent) {
    const { agents } = await this.team();
    const known = agents.find((one) => one.agent_id === agent);
    return { operated_agent_id: agent, operated_ext_id: known?.ext_id ?? agent };
  }
}

/** One connection for any number of agents. */
export class Gateway {
  /** @type {Link} */
  #link;

  /**
   * @param {string | URL} url ws://host:port/agent or wss://...
   * @param {{ WebSocket?: any }} options a class of that kind, where there is none (Node below 22)
   */
  constructor(url, { WebSocket = globalThis.WebSocket } = {}) {
    this.#link = new Link(String(url), WebSocket);
  }

  /** @param {SignIn} how */
  async signIn(how) {
    const session = new Session(this.#link, how);
    if (this.#link.sessions.get(session.key)?.isAlive) {
      throw new ClientError(`${how.agent} is signed in on this connection already`);
    }
    const { take, reset, status } = how;
    await signInOn(session, { take, reset, start_status: status }, 'closed');
    return new Agent(session);
  }

  wake() {
    this.#link.wake();
  }

  /** Close the connection; its agents have their grace time. */
  close() {
    for (const session of [...this.#link.sessions.values()]) session.leave('closed');
  }
}

/** @param {Session} session @param {object} fields @param {'elsewhere' | 'closed'} otherwise */
async function signInOn(session, fields, otherwise) {
  session.link.sessions.set(session.key, session);
  try {
    await session.link.connect();
    await within(REPLY_MS, session.checkIn(fields));
  } catch (error) {
    session.leave(otherwise);
    throw error;
  }
}

/**
 * Sign one agent in, on a connection of its own.
 * @param {SignIn & { url: string | URL, WebSocket?: any }} how
 */
export function signIn({ url, WebSocket, ...how }) {
  return new Gateway(url, { WebSocket }).signIn(how);
}
