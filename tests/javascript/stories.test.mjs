// The twelve stories of tests/client/STORIES.md, by the JavaScript client.

import assert from 'node:assert/strict';
import { AnswerLost, CallFailed, NotConnected, Refused }
  from '../../esl_bridge/web/sdk/esl-bridge.js';
import { AGENTS, C, MS, NUMBER_OF_F, hears, inTime, openLine, phone, picksUp, story }
  from './office.mjs';

const failsWith = (code, kind = CallFailed) => (no) => no instanceof kind && no.code === code;

story('signs_in_and_out', async (office) => {
  const a = await office.signsIn('A');
  assert.deepEqual([a.link, a.snapshot.status, a.snapshot.stage], ['up', 'FREE', 'MANUAL']);
  assert.ok(a.checkin.sip_address.startsWith(`sip:${AGENTS.A}@`));
  assert.throws(() => { a.snapshot.status = 'BUSY'; }, TypeError);
  await a.signOut();
  assert.deepEqual([a.link, a.snapshot.status], ['closed', 'OFFLINE']);
  assert.equal((await office.told.A.awaited('signed_out')).code, '0');
  await assert.rejects(a.setStatus('BUSY'), NotConnected);
});

story('calls_and_hangs_up', async (office) => {
  const a = await office.signsIn('A');
  let call = await office.talksTo(a, 'A', 'C', C);
  assert.equal(a.currentCall, call);
  assert.deepEqual([call.number, call.direction, call.isTalking], [C, 'outbound', true]);
  await hears('A', 'C');
  await hears('C', 'A');
  const ended = await call.hangUp();
  assert.deepEqual([ended.code, ended.talked], ['0', true]);
  assert.deepEqual([a.snapshot.status, a.snapshot.call, a.currentCall], ['FREE', null, null]);
  assert.equal(await office.told.A.awaited('ended'), call);
  await phone('C', 'wait_idle');

  call = await a.call(C);
  await picksUp('A');
  await phone('C', 'wait_ringing');
  await phone('C', 'reject');
  await assert.rejects(inTime(call.talking), failsWith('5200'));
  assert.equal((await inTime(call.ended)).talked, false);
});

story('answers_an_offered_call', async (office) => {
  const f = await office.signsIn('F');
  await phone('C', 'dial', NUMBER_OF_F);
  const call = await office.told.F.awaited('offered');
  assert.equal(call, f.currentCall);
  assert.equal(call.view.callee, NUMBER_OF_F);
  assert.deepEqual([call.number, call.direction], [C, 'inbound']);
  await call.answer();
  assert.equal(f.snapshot.status, 'CALLING');
  await inTime(call.talking);
  await hears('F', 'C');
  await phone('C', 'hangup');
  assert.ok((await inTime(call.ended)).talked);
  assert.equal(f.snapshot.call, null);
});

story('holds_and_retrieves', async (office) => {
  const a = await office.signsIn('A');
  const call = await office.talksTo(a, 'A', 'C', C);
  await call.hold();
  assert.deepEqual([call.view.hold, a.snapshot.stage], [true, 'HOLD']);
  await hears('C', 'MOH');
  await call.hold(false);
  assert.deepEqual([call.view.hold, a.snapshot.stage], [false, 'TALK']);
  await hears('C', 'A');
  await call.mute();
  assert.ok(call.view.mute);
  await hears('C');
  await call.mute(false);
  await hears('C', 'A');
  await call.dtmf('1');
});

story('transfers', async (office) => {
  const a = await office.signsIn('A');
  const b = await office.signsIn('B');
  const call = await office.talksTo(a, 'A', 'C', C);
  const off = b.on('offered', async () => {
    await phone('B', 'wait_ringing');
    await phone('B', 'reject');
  });
  await assert.rejects(inTime(call.transfer(AGENTS.B)), failsWith('5202'));
  assert.equal((await a.until((now) => now.stage === 'TALK', MS)).call.uuid, call.uuid);
  off();

  await office.told.B.awaited('ended');
  b.on('offered', () => picksUp('B'));
  await inTime(call.transfer(AGENTS.B));
  assert.ok(call.isOver);
  assert.equal(a.snapshot.call, null);
  const taken = await office.told.B.awaited('offered', 2);
  assert.deepEqual([taken.number, taken.view.channel], [C, 'TRANS']);
  await inTime(taken.talking);
  await hears('C', 'B');
});

story('consults_and_hands_over', async (office) => {
  const a = await office.signsIn('A');
  const b = await office.signsIn('B');
  b.on('offered', () => picksUp('B'));
  const call = await office.talksTo(a, 'A', 'C', C);
  await inTime(call.consult(AGENTS.B));
  assert.equal(a.snapshot.stage, 'CONSULT_TALKS');
  await hears('A', 'B');
  await hears('C', 'MOH');
  await call.endConsult();
  assert.equal(a.snapshot.stage, 'TALK');
  await office.told.B.awaited('ended');
  await inTime(call.consult(AGENTS.B));
  await inTime(call.handOver());
  assert.ok(call.isOver);
  await hears('C', 'B');
  assert.equal((await b.until((now) => now.sub_status === null, MS)).call.number, C);
});

story('holds_a_conference', async (office) => {
  const a = await office.signsIn('A');
  const b = await office.signsIn('B');
  b.on('offered', () => picksUp('B'));
  const call = await office.talksTo(a, 'A', 'C', C);
  await inTime(call.consult(AGENTS.B));
  await inTime(call.threeWay());
  assert.equal(a.snapshot.stage, 'THREE_WAY');
  assert.equal(call.view.parties.length, 3);
  await hears('A', 'B', 'C');
  await call.hangUp();
  await hears('B', 'C');
  assert.equal((await b.until((now) => now.stage === 'TALK', MS)).call.number, C);
});

story('changes_status_and_next_state', async (office) => {
  const a = await office.signsIn('A', { status: 'BUSY' });
  assert.equal(a.snapshot.status, 'BUSY');
  await a.setStatus('FREE');
  assert.equal(a.snapshot.status, 'FREE');
  const call = await office.talksTo(a, 'A', 'C', C);
  await a.setNext('REST', 5);
  assert.equal(a.snapshot.next, 'REST');
  await a.setNext(null);
  assert.equal(a.snapshot.next, null);
  await a.setNext('REST', 5);
  await phone('C', 'hangup');
  await inTime(call.ended);
  assert.deepEqual([a.snapshot.status, a.snapshot.reason], ['REST', 'AFTER_CALL']);
  assert.ok(a.snapshot.until_ms > a.serverMs);
});

story('is_refused', async (office) => {
  const a = await office.signsIn('A');
  for (const [code, number, kind] of [
    ['5205', '13900000003', 'outside'],
    ['4104', AGENTS.B, 'agent'],
    ['4002', 'not a number', 'outside'],
  ]) {
    await assert.rejects(a.call(number, kind),
      (no) => failsWith(code, Refused)(no) && no.msgType === 'call' && no.message !== '');
  }
  assert.equal(a.snapshot.stage, 'MANUAL');
  await assert.rejects(a.setNext('BUSY'), failsWith('4016', Refused));
  await assert.rejects(office.signsIn('B', { password: 'wrong' }), failsWith('4004', Refused));
  const call = await office.talksTo(a, 'A', 'C', C);
  await assert.rejects(call.endConsult(), failsWith('4103', Refused));
  assert.ok(call.isTalking);
});

story('comes_back_in_a_call', async (office) => {
  const line = await openLine();
  try {
    const a = await office.signsIn('A', { url: line.url });
    const told = office.told.A;
    const call = await office.talksTo(a, 'A', 'C', C);
    line.cut();
    await told.awaited('resumed');
    assert.ok(call.isTalking);
    await call.hold();

    line.fallSilent();
    const lost = assert.rejects(call.hold(false), AnswerLost);
    a.wake();
    await lost;
    await told.awaited('resumed', 2);
    await call.hold(false);

    line.down();
    while (a.link !== 'down') await new Promise((resolve) => { a.on('link', resolve); });
    await assert.rejects(call.hold(), NotConnected);
    await phone('C', 'hangup');
    line.up();
    a.wake();
    await told.awaited('resumed', 3);
    assert.equal(await told.awaited('ended'), call);
    assert.deepEqual([call.endedAs.code, call.endedAs.talked], ['0', true]);
    assert.equal(a.snapshot.status, 'FREE');
    assert.deepEqual(told.of('gap'), []);
    const numbers = told.of('push').map(({ seq }) => seq);
    assert.deepEqual(numbers, [...new Set(numbers)].sort((one, other) => one - other));
  } finally {
    line.close();
  }
});

story('is_kicked', async (office) => {
  const a = await office.signsIn('A');
  const call = await office.talksTo(a, 'A', 'C', C);
  const first = office.told.A;
  const other = await office.signsIn('A', { take: true, os: 'elsewhere' });
  assert.equal((await first.awaited('kicked')).os, 'elsewhere');
  assert.deepEqual([a.link, first.of('link').at(-1)], ['elsewhere', 'elsewhere']);
  assert.equal(other.currentCall.uuid, call.uuid);
  await assert.rejects(call.ended, NotConnected);
  await a.takeBack();
  assert.deepEqual([a.link, a.currentCall.uuid], ['up', call.uuid]);
  assert.equal((await office.told.A.awaited('kicked')).os, 'JavaScript');
  await hears('C', 'A');
  await a.currentCall.hangUp();
});

story('supervises', async (office) => {
  const a = await office.signsIn('A');
  const s = await office.signsIn('S');
  const call = await office.talksTo(a, 'A', 'C', C);
  const { agents } = await s.team();
  assert.equal(agents.find((one) => one.agent_id === AGENTS.A).status, 'CALLING');
  const [heard] = await Promise.all([inTime(s.listen(AGENTS.A)), picksUp('S')]);
  assert.equal(s.snapshot.sub_status, 'EAVESDROP');
  await hears('S', 'A', 'C');
  assert.equal(await inTime(s.whisper(AGENTS.A)), heard);
  await s.until((now) => now.sub_status === 'WHISPER', MS);
  await hears('A', 'C', 'S');
  await heard.hangUp();
  const [taken] = await Promise.all([inTime(s.takeOver(AGENTS.A)), picksUp('S')]);
  assert.equal((await inTime(call.ended)).reason, `SUBSTITUTED:${AGENTS.S}`);
  await hears('C', 'S');
  assert.ok((await taken.hangUp()).talked);
});
