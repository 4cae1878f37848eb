// The connection is cut, and the daemon killed, at random moments: no call is lost, no event comes
// twice, and the snapshot is the service's. ESL_BRIDGE_TIMES: how often.

import assert from 'node:assert/strict';
import { Refused } from '../../esl_bridge/web/sdk/esl-bridge.js';
import { MS, NUMBER_OF_F, openLine, phone, stage, story, up } from './office.mjs';

const TIMES = Number(process.env.ESL_BRIDGE_TIMES);
const { setTimeout: wait } = await import('node:timers/promises');

/** What was not answered is asked again. */
async function insist(agent, call, step) {
  while (!call.isOver) {
    try {
      return await step();
    } catch (no) {
      if (no instanceof Refused) return;
      await up(agent);
    }
  }
}

/** Takes every call that it is offered, holds it and retrieves it. */
function works(agent) {
  agent.on('offered', async (call) => {
    for (const step of [() => call.answer(), () => call.hold(), () => call.hold(false)]) {
      await insist(agent, call, step);
    }
  });
}

/** Customers call for as long as that goes on; either side hangs up. */
async function customersCall(agent, while_) {
  while (while_()) {
    await up(agent);
    await phone('C', 'dial', NUMBER_OF_F);
    if (await stage('is_put_through')) {
      await wait(Math.random() * 300);
      if (Math.random() < 0.5) await phone('C', 'hangup');
      else if (agent.currentCall) {
        await insist(agent, agent.currentCall, () => agent.currentCall?.hangUp());
      }
    }
    await stage('goes_home', 'C');
  }
}

/** It is done so many times, at random moments. */
async function nowAndThen(agent, within, act) {
  let isOver = false;
  const acting = (async () => {
    for (let number = 0; number < TIMES; number += 1) {
      await wait(Math.random() * within);
      await act();
    }
  })().finally(() => { isOver = true; });
  await Promise.all([acting, customersCall(agent, () => !isOver)]);
}

async function hasMissedNothing(agent, told, over) {
  await agent.until((now) => now.status === 'FREE', MS);
  await up(agent);
  const { desk } = await agent.request('get_status', {});
  const seen = ({ status, stage: at, call }) => ({ status, stage: at, call });
  assert.deepEqual(seen(desk), seen(agent.snapshot));

  const numbers = new Map();
  for (const { epoch, seq } of told.of('push')) {
    assert.ok(seq > (numbers.get(epoch) ?? 0), `${seq} of ${epoch} again`);
    numbers.set(epoch, seq);
  }
  const [offered, ended] = ['offered', 'ended'].map((name) => told.of(name).map((it) => it.uuid));
  assert.equal(new Set(offered).size, offered.length);
  assert.deepEqual(ended, offered);
  const known = new Set(ended);
  assert.deepEqual(over.filter((uuid) => !known.has(uuid)), []);
  assert.ok(over.length > TIMES / 15);
}

story('loses_no_call_where_the_connection_is_cut', async (office) => {
  const line = await openLine();
  try {
    const f = await office.signsIn('F', { url: line.url });
    works(f);
    await stage('forgives');
    await nowAndThen(f, 400, () => line.cut());
    const over = await stage('legs_over', 'F');
    await hasMissedNothing(f, office.told.F, over);
    assert.equal(office.told.F.of('ended').length, over.length);
    const changes = office.told.F.of('push').filter((push) => push.msg_type === 'agent_change');
    changes.reduce((before, next) => {
      assert.equal(next.last_agent_status, before.agent_status);
      return next;
    });
    assert.deepEqual(office.told.F.of('gap'), []);
  } finally {
    line.close();
  }
});

story('loses_no_call_where_the_daemon_is_killed', async (office) => {
  const f = await office.signsIn('F');
  works(f);
  await stage('forgives');
  const over = [];
  await nowAndThen(f, 1500, async () => over.push(...await stage('kill_daemon', 'F')));
  await hasMissedNothing(f, office.told.F, [...over, ...await stage('legs_over', 'F')]);
});
