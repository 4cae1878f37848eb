// What a user of the client may write in TypeScript, and (after @ts-expect-error) may not.

import { AnswerLost, type Call, Gateway, Refused, signIn }
  from '../../esl_bridge/web/sdk/esl-bridge.js';

const ann = await signIn({
  url: 'wss://example.com/agent',
  company: '90001',
  agent: '90001_20000',
  password: () => 'secret',
  status: 'FREE',
  on: { change: (now) => now.call?.parties.map((party) => party.role), gap: (gap) => gap.to_seq },
});
const rings: Call[] = [];
ann.on('offered', (call) => rings.push(call));
ann.on('signed_out', ({ code, msg }) => console.log(code === '0', msg));
const call = await ann.call('13107618845', 'outside', { max_ring_time: 20, workOrderId: 'W1' });
await call.talking;
await call.transfer('1001', 'skill');
const { talked }: { talked: boolean } = await call.hangUp();
const now = await ann.until(({ stage }) => stage === 'MANUAL', 1000);
const next: 'FREE' | null | string = now.next;
const { recording } = await ann.request('record_control', { uuid: call.uuid, action: 'start' });
recording satisfies 'on' | 'paused' | 'off';
try {
  await call.hold();
} catch (no) {
  if (no instanceof Refused && no.code === '5205') console.log(no.message);
  // @ts-expect-error: no such code
  if (no instanceof Refused && no.code === '5999') console.log(no.message);
  if (no instanceof AnswerLost) console.log(no.msgType);
}
const bo = await new Gateway('ws://localhost/agent').signIn({ company: '9', agent: '9_1' });
await bo.setNext(null);

// @ts-expect-error: the snapshot is immutable
now.status = 'FREE';
// @ts-expect-error: nor can its parties be changed
now.call?.parties.push();
// @ts-expect-error: no such event
ann.on('changed', () => {});
// @ts-expect-error: no such state
await ann.setStatus('RINGING');
// @ts-expect-error: no such place
await call.transfer('1001', 'queue');
// @ts-expect-error: no such field
await ann.request('hold', { uuid: call.uuid, hold: '1', holds: '2' });
export { next, talked };
