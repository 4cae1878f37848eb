// Made by `make spec` from asyncapi.json: change the code, not this file.
// 由 `make spec` 生成，请勿手改。

export type Code = "0" | "1000" | "1001" | "4000" | "4002" | "4004" | "4005" | "4006" | "4007" | "4008" | "4009" | "4010" | "4011" | "4012" | "4014" | "4016" | "4100" | "4101" | "4102" | "4103" | "4104" | "4105" | "4106" | "4107" | "5000" | "5200" | "5201" | "5202" | "5203" | "5204" | "5205" | "5206" | "5207" | "5208" | "5300" | "5301" | "5302" | "5303" | "9999";

export interface AgentCall {
  /** 坐席自己的话路 — The agent's own leg. */
  uuid: string;
  /** 与一位客户的接触的标识，各方、转接、排队、重启前后都相同 — The same for all who are in contact with one customer, through transfers, queues and restarts. */
  contact_id: string | null;
  /** 来电（inbound）或坐席呼出（outbound） — inbound: it was offered to the agent; outbound: the agent asked for it. */
  direction: "inbound" | "outbound";
  /** 客户的号码，没有客户时为对方的号码 — The customer's number, else the other party's. */
  number: string | null;
  /** 对方是同事时的名字 — The other party's name, if a colleague. */
  name: string | null;
  /** 来电所拨的号码 — The number that was called, of an inbound call. */
  callee: string | null;
  /** 客户最后排队的技能组 — The skill in whose queue the customer last waited. */
  skill: string | null;
  /** 来电的来由，普通来电为空 — How an inbound call came about; a plain one has none. */
  channel: "" | "TRANS" | "CONSULT" | "THREE_WAY" | "PREDICT_OUT_CALL" | null;
  /** 随路数据；与上次相同时省略 — What came with the caller; left out where it is as it was last. */
  flow_data?: string | null;
  /** 工单标识，原样带回 — The client's own reference, handed on as it is. */
  work_order_id: string | null;
  /** 坐席话路建立的时刻（Unix 毫秒） — When the agent's leg was set up, in ms of Unix time. */
  began_ms: number;
  /** 通话开始的时刻（Unix 毫秒） — When the talk began, in ms of Unix time. */
  talk_ms: number | null;
  /** 坐席是否保持着对方 — Whether the agent holds. */
  hold: boolean;
  /** 坐席是否静音 — Whether nobody hears the agent. */
  mute: boolean;
  /** 整个通话的录音状态 — Whether a recording runs, of the whole call. */
  recording: "on" | "paused" | "off";
  /** 通话各方，按加入的先后 — The parties, in the order of joining. */
  parties: Array<CallLeg>;
}

/** 坐席的状态或子状态改变 — The agent's status or what its call is in the middle of has changed. */
export interface AgentChange {
  /** 消息类型 — Which message this is. */
  msg_type: "agent_change";
  /** 引起该推送的请求的标识；呼入为话路的 uuid；其余为新生成的值 — That of the request that caused the push; in a callin the leg's uuid; otherwise a fresh one. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机 — The agent's extension. */
  ext_id: string;
  /** 坐席签入时的系统 — The system that the agent checked in from. */
  os: string;
  /** 推送编号所属的纪元；改变后编号重新开始 — What the numbers of pushes count within; another one begins anew. */
  epoch: string;
  /** 该坐席推送的编号，逐一递增 — The number of this push to the agent, one more each time. */
  seq: number;
  /** 当前状态 — The status now. */
  agent_status: "OFFLINE" | "FREE" | "BUSY" | "REST" | "ARRANGE" | "RINGING" | "CALLING";
  /** 通话中的子状态 — What the call is in the middle of; absent for a plain talk, and without one. */
  sub_agent_status?: "HOLD" | "CONSULT" | "TRANS" | "THREE_WAY" | "EAVESDROP" | "WHISPER" | "FORCE_CALL";
  /** 之前的状态 — The status before. */
  last_agent_status: "OFFLINE" | "FREE" | "BUSY" | "REST" | "ARRANGE" | "RINGING" | "CALLING";
  /** 与坐席通话的各方号码 — The numbers of the other parties that have answered. */
  in_call_numbers: Array<string>;
  /** 状态改变的原因 — Why the status has changed. */
  reason?: string;
  /** 坐席自己的话路 — The agent's own leg, of a call. */
  uuid?: string;
  /** 与一位客户的接触的标识，各方、转接、排队、重启前后都相同 — The same for all who are in contact with one customer, through transfers, queues and restarts. */
  contact_id?: string;
  /** 进入当前状态的时刻（Unix 毫秒） — Since when the status is so, in ms of Unix time. */
  since_ms: number;
  /** 小休或事后处理自动结束的时刻（Unix 毫秒） — When a rest or wrap-up ends by itself, in ms of Unix time. */
  until_ms?: number;
}

export interface AgentView {
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 名字 — The name. */
  name: string;
  /** 坐席或班长 — What the agent may do. */
  role: "agent" | "supervisor";
  /** 坐席状态 — The agent's status. */
  status: "OFFLINE" | "FREE" | "BUSY" | "REST" | "ARRANGE" | "RINGING" | "CALLING";
  /** 通话中的子状态 — What the call is in the middle of; absent for a plain talk, and without one. */
  sub_status: "HOLD" | "CONSULT" | "TRANS" | "THREE_WAY" | "EAVESDROP" | "WHISPER" | "FORCE_CALL" | null;
  /** 状态改变的原因 — Why the status has changed. */
  reason: string | null;
  /** 进入当前状态的时刻（Unix 毫秒） — Since when the status is so, in ms of Unix time. */
  since_ms: number;
  /** 小休或事后处理自动结束的时刻（Unix 毫秒） — When a rest or wrap-up ends by itself, in ms of Unix time. */
  until_ms: number | null;
  /** 通话结束后将进入的状态 — The status that a remembered action will lead to. */
  next: "OFFLINE" | "FREE" | "BUSY" | "REST" | "ARRANGE" | "RINGING" | "CALLING" | null;
  /** 请求按此判断可否，见 permits.json — What requests are judged by, as permits.json has it. */
  stage: "MANUAL" | "RINGING_OWN" | "RINGING_OFFERED" | "FAR_RINGS" | "TALK" | "HOLD" | "CONSULT_RINGS" | "CONSULT_TALKS" | "TRANS" | "THIRD_RINGS" | "THREE_WAY" | "SUPERVISING" | "PHONE_LOST";
  /** 坐席的话机是否已注册 — Whether the agent's phone is registered. */
  registered: boolean;
  /** 当前通话 — The agent's call; null without one. */
  call: AgentCall | null;
  /** 服务器现在的时刻（Unix 毫秒） — The server's clock, in ms of Unix time. */
  now_ms: number;
}

/** 坐席的桌面改变；一次事件的最后一条推送，签入时要求过才有 — The agent's whole desktop has changed. The last push of an event; only if wanted at check-in. */
export interface AgentViewChange {
  /** 消息类型 — Which message this is. */
  msg_type: "desk_change";
  /** 引起该推送的请求的标识；呼入为话路的 uuid；其余为新生成的值 — That of the request that caused the push; in a callin the leg's uuid; otherwise a fresh one. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机 — The agent's extension. */
  ext_id: string;
  /** 坐席签入时的系统 — The system that the agent checked in from. */
  os: string;
  /** 推送编号所属的纪元；改变后编号重新开始 — What the numbers of pushes count within; another one begins anew. */
  epoch: string;
  /** 该坐席推送的编号，逐一递增 — The number of this push to the agent, one more each time. */
  seq: number;
  /** 坐席的整个桌面 — All that a desktop shows, as one value. */
  desk: AgentView;
}

/** answer 成功的应答 — The successful reply to answer. */
export interface AnswerReply {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "answer" | "pickup";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
}

/** 接听：让振铃话路的话机摘机 — Has the phone of the ringing leg answer. */
export interface AnswerRequest {
  /** 消息类型 — Which message this is. */
  msg_type: "answer" | "pickup";
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id?: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机；不填即坐席自己的分机 — The agent's extension; absent, it is the agent's own. */
  ext_id?: string;
  /** 客户端所在的系统，只用于显示 — The client's system, for display only. */
  os?: string;
  /** 签入时得到的令牌；填写时必须属于该坐席，否则返回 4009 — The one that checkin gave. Where it is sent it must be the agent's, else 4009. */
  token?: string;
  /** 语音方向：0 无，1 只发，2 只收，3 收发 — Sound: 0 none, 1 send, 2 receive, 3 both. */
  audio?: 0 | 1 | 2 | 3;
  /** 视频方向：0 无，1 只发，2 只收，3 收发 — Pictures: 0 none, 1 send, 2 receive, 3 both. */
  video?: 0 | 1 | 2 | 3;
  /** 视频分辨率 — The height of the picture. */
  pixels?: "480" | "720" | "1280";
  /** 正在振铃的话路 — The ringing leg. */
  uuid: string;
  /** 来电的来由：转接、咨询、三方、预测外呼，普通来电为空 — How the call came about; a plain one has none. */
  callin_channel?: "TRANS" | "CONSULT" | "THREE_WAY" | "PREDICT_OUT_CALL";
}

export interface CallLeg {
  /** 话路的 uuid — The leg. */
  uuid: string;
  /** 该方坐席的标识；外线没有此字段 — The agent at this leg; absent for an outside party. */
  agent_id?: string;
  /** 该方的号码 — The party's number. */
  number: string;
  /** 该方的角色：坐席、客户、被咨询方、第三方、班长 — What the party is in the call. */
  role: "agent" | "customer" | "consultant" | "third" | "supervisor";
  /** 呼入（inbound）或被呼叫（outbound） — inbound: it called in; outbound: it was called. */
  direction: "inbound" | "outbound";
  /** 该方的状况：振铃、通话、被保持 — rings until it is answered; held: it hears music, or waits; else talks. */
  state: "rings" | "talks" | "held";
  /** 话路建立的时刻（Unix 毫秒） — When the leg began, in ms of Unix time. */
  began_ms: number;
  /** 接通的时刻（Unix 毫秒）；未接通时没有 — When it was answered, in ms of Unix time; absent before that. */
  answered_ms?: number;
  /** 是否被保持 — Whether it is held. */
  held: boolean;
  /** 是否静音 — Whether the others do not hear it. */
  muted: boolean;
  /** 录音状态 — Whether a recording runs. */
  recording: "on" | "paused" | "off";
}

/** call 成功的应答 — The successful reply to call. */
export interface CallReply {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "call";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
  /** 坐席自己的话路 — The agent's own leg. */
  uuid: string;
  /** 与一位客户的接触的标识，各方、转接、排队、重启前后都相同 — The same for all who are in contact with one customer, through transfers, queues and restarts. */
  contact_id: string;
}

/** 外呼：先呼叫坐席的话机，再呼叫对方；应答带回坐席自己的话路 — Rings the agent's phone, then an agent, an outside number or a room. The reply comes at once. */
export interface CallRequest {
  /** 消息类型 — Which message this is. */
  msg_type: "call";
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机；不填即坐席自己的分机 — The agent's extension; absent, it is the agent's own. */
  ext_id?: string;
  /** 客户端所在的系统，只用于显示 — The client's system, for display only. */
  os?: string;
  /** 签入时得到的令牌；填写时必须属于该坐席，否则返回 4009 — The one that checkin gave. Where it is sent it must be the agent's, else 4009. */
  token?: string;
  /** 语音方向：0 无，1 只发，2 只收，3 收发 — Sound: 0 none, 1 send, 2 receive, 3 both. */
  audio?: 0 | 1 | 2 | 3;
  /** 视频方向：0 无，1 只发，2 只收，3 收发 — Pictures: 0 none, 1 send, 2 receive, 3 both. */
  video?: 0 | 1 | 2 | 3;
  /** 视频分辨率 — The height of the picture. */
  pixels?: "480" | "720" | "1280";
  /** 该请求的每一路最长振铃秒数（坐席自己的除外） — Seconds that each leg of the request may ring, the agent's own excepted. */
  max_ring_time?: number;
  /** 最长通话秒数 — Seconds to talk. */
  max_call_time?: number;
  /** 录音开始的时机：不录、对方振铃时、接通时 — When recording begins: never, while the far side rings, at the answer. */
  record_start?: "NONE" | "RING" | "ANSWER";
  /** true 录双方，false 只录坐席 — true: both directions; false: the agent's side only. */
  record_contact?: boolean;
  /** 双声道：左为客户，右为坐席 — Left the customer, right the agents. */
  is_stereo?: boolean;
  /** 录音文件的格式 — The format of the file. */
  record_suffix?: "mp3" | "wav" | "mp4";
  /** 被叫：坐席标识、外线号码或房间名，取决于 out_line — Whom to call: an agent's id, an outside number, or a room's name, by out_line. */
  callee_number: string;
  /** 呼叫对象：0 坐席，1 外线，2 房间 — Whom: 0 an agent, 1 outside, 2 a room of the company. */
  out_line?: 0 | 1 | 2;
  /** 工单标识，原样带回 — The client's own reference, handed on as it is. */
  work_order_id?: string;
}

/** 坐席发起的操作的进展：发起、接通、结束各一次 — An action that the agent began has come to its next phase. */
export interface Callback {
  /** 消息类型 — Which message this is. */
  msg_type: "callback";
  /** 引起该推送的请求的标识；呼入为话路的 uuid；其余为新生成的值 — That of the request that caused the push; in a callin the leg's uuid; otherwise a fresh one. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机 — The agent's extension. */
  ext_id: string;
  /** 坐席签入时的系统 — The system that the agent checked in from. */
  os: string;
  /** 推送编号所属的纪元；改变后编号重新开始 — What the numbers of pushes count within; another one begins anew. */
  epoch: string;
  /** 该坐席推送的编号，逐一递增 — The number of this push to the agent, one more each time. */
  seq: number;
  /** 坐席发起的操作 — What the agent has begun. */
  action: "CALL" | "PREVIEW_OUT_CALL" | "CONSULT" | "TRANS" | "CONSULT_TO_TRANS" | "THREE_WAY" | "EAVESDROP" | "WHISPER" | "SUBSTITUTE" | "FORCE_CALL" | "INTERRUPT_CALL" | "CHANGE_MEDIA" | "EXT_UN_REG" | "RECORD";
  /** 操作的阶段：发起、接通、结束 — How far it is: begun, talking, over. */
  phase: "INITIATE" | "START_CALL" | "END_CALL";
  /** 操作是否成功 — Whether the action went well. */
  success: boolean;
  /** 操作的结果码，"0" 为正常 — What became of the action; "0" where nothing went wrong. */
  code: "0" | "1000" | "1001" | "4000" | "4002" | "4004" | "4005" | "4006" | "4007" | "4008" | "4009" | "4010" | "4011" | "4012" | "4014" | "4016" | "4100" | "4101" | "4102" | "4103" | "4104" | "4105" | "4106" | "4107" | "5000" | "5200" | "5201" | "5202" | "5203" | "5204" | "5205" | "5206" | "5207" | "5208" | "5300" | "5301" | "5302" | "5303" | "9999";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
  /** 操作所涉及的话路 — The leg that the action is about. */
  uuid?: string;
  /** 当前时间（拼写同原协议） — The local time (spelt as in the source). */
  curren_time: string;
  /** 服务器现在的时刻（Unix 毫秒） — The server's clock, in ms of Unix time. */
  now_ms: number;
  /** 语音方向：0 无，1 只发，2 只收，3 收发 — Sound: 0 none, 1 send, 2 receive, 3 both. */
  audio?: 0 | 1 | 2 | 3;
  /** 之前的语音方向 — The sound before. */
  last_audio?: 0 | 1 | 2 | 3;
  /** 视频方向：0 无，1 只发，2 只收，3 收发 — Pictures: 0 none, 1 send, 2 receive, 3 both. */
  video?: 0 | 1 | 2 | 3;
  /** 之前的视频方向 — The pictures before. */
  last_video?: 0 | 1 | 2 | 3;
  /** 0 坐席发起的切换，1 对方的应答，2 对方自己的切换 — 0 the agent's own request, 1 the far side's answer to it, 2 a change by the far side. */
  change_media_flag?: 0 | 1 | 2;
  /** 工单标识，原样带回 — The client's own reference, handed on as it is. */
  work_order_id?: string;
  /** 与一位客户的接触的标识，各方、转接、排队、重启前后都相同 — The same for all who are in contact with one customer, through transfers, queues and restarts. */
  contact_id?: string;
  /** 录音文件，相对于录音目录 — The file, below the folder of recordings. */
  record_file?: string;
  /** 录音秒数 — How long it is. */
  record_seconds?: number;
  /** 对方的话路，应答后才有 — The other party's leg, once it has answered. */
  peer_uuid?: string;
  /** 对方看到的号码 — The number that the other party is shown. */
  display_number?: string;
  /** 外呼任务的标识 — The campaign's task. */
  task_id?: string;
  /** 号码在任务中的标识 — The number's id in the task. */
  number_id?: string;
  /** 客户编号 — The customer's own number in the campaign. */
  client_number?: string;
  /** 第几次拨打 — Which attempt this is. */
  current_times?: string;
}

/** 来电：一路在坐席的话机上振铃 — A leg that the agent did not ask for rings at its phone. */
export interface Callin {
  /** 消息类型 — Which message this is. */
  msg_type: "callin";
  /** 引起该推送的请求的标识；呼入为话路的 uuid；其余为新生成的值 — That of the request that caused the push; in a callin the leg's uuid; otherwise a fresh one. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机 — The agent's extension. */
  ext_id: string;
  /** 坐席签入时的系统 — The system that the agent checked in from. */
  os: string;
  /** 推送编号所属的纪元；改变后编号重新开始 — What the numbers of pushes count within; another one begins anew. */
  epoch: string;
  /** 该坐席推送的编号，逐一递增 — The number of this push to the agent, one more each time. */
  seq: number;
  /** 正在振铃的话路 — The ringing leg. */
  uuid: string;
  /** 主叫号码；不显示时为 anonymous — The caller's number; anonymous where it is withheld. */
  caller_number: string;
  /** 客户所拨的平台号码 — The number that was dialled, of the platform. */
  callee_number: string;
  /** 随路数据，一段 JSON 文本，原样转交 — What came with the caller: a JSON text of up to 16 KiB, handed on byte for byte. */
  flow_data?: string;
  /** 来电的来由：转接、咨询、三方、预测外呼，普通来电为空 — How the call came about; a plain one has none. */
  callin_channel: "" | "TRANS" | "CONSULT" | "THREE_WAY" | "PREDICT_OUT_CALL";
  /** 是否视频来电 — Whether it has pictures. */
  is_video: 0 | 1;
  /** 语音方向：0 无，1 只发，2 只收，3 收发 — Sound: 0 none, 1 send, 2 receive, 3 both. */
  audio: 0 | 1 | 2 | 3;
  /** 视频方向：0 无，1 只发，2 只收，3 收发 — Pictures: 0 none, 1 send, 2 receive, 3 both. */
  video: 0 | 1 | 2 | 3;
  /** 视频分辨率 — The height of the picture. */
  pixels: "480" | "720" | "1280";
  /** 工单标识，原样带回 — The client's own reference, handed on as it is. */
  work_order_id?: string;
  /** 与一位客户的接触的标识，各方、转接、排队、重启前后都相同 — The same for all who are in contact with one customer, through transfers, queues and restarts. */
  contact_id?: string;
}

/** change_media 成功的应答 — The successful reply to change_media. */
export interface ChangeMediaReply {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "change_media";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
  /** 话路的 uuid — The leg. */
  uuid: string;
  /** 语音方向：0 无，1 只发，2 只收，3 收发 — Sound: 0 none, 1 send, 2 receive, 3 both. */
  audio: 0 | 1 | 2 | 3;
  /** 视频方向：0 无，1 只发，2 只收，3 收发 — Pictures: 0 none, 1 send, 2 receive, 3 both. */
  video: 0 | 1 | 2 | 3;
  /** 视频分辨率 — The height of the picture. */
  pixels: "480" | "720" | "1280";
}

/** 音视频切换 — Changes the directions of a leg's sound, and of the other one's if asked. */
export interface ChangeMediaRequest {
  /** 消息类型 — Which message this is. */
  msg_type: "change_media";
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机；不填即坐席自己的分机 — The agent's extension; absent, it is the agent's own. */
  ext_id?: string;
  /** 客户端所在的系统，只用于显示 — The client's system, for display only. */
  os?: string;
  /** 签入时得到的令牌；填写时必须属于该坐席，否则返回 4009 — The one that checkin gave. Where it is sent it must be the agent's, else 4009. */
  token?: string;
  /** 话路的 uuid — The leg. */
  uuid: string;
  /** 语音方向，含义同呼叫；不填则不变 — Sound, as in call; absent, it stays. */
  audio?: 0 | 1 | 2 | 3;
  /** 视频方向，含义同呼叫；不填则不变 — Pictures, as in call; absent, they stay. */
  video?: 0 | 1 | 2 | 3;
  /** 视频分辨率 — The height of the picture. */
  pixels?: "480" | "720" | "1280";
  /** 是否同时改变对方 — Whether to change the other leg too. */
  reneg_other?: boolean;
}

/** change_status 失败的应答，可带回当前状态 — The reply to a change_status that failed, which may show the present state. */
export interface ChangeStatusRefusal {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "change_status";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "1000" | "1001" | "4000" | "4002" | "4004" | "4005" | "4006" | "4007" | "4008" | "4009" | "4010" | "4011" | "4012" | "4014" | "4016" | "4100" | "4101" | "4102" | "4103" | "4104" | "4105" | "4106" | "4107" | "5000" | "5200" | "5201" | "5202" | "5203" | "5204" | "5205" | "5206" | "5207" | "5208" | "5300" | "5301" | "5302" | "5303" | "9999";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
  /** 请求中的动作，原样带回 — The action that was asked for, as it was sent. */
  action?: string;
}

/** change_status 成功的应答 — The successful reply to change_status. */
export interface ChangeStatusReply {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "change_status";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
  /** 请求中的动作 — The action that was asked for. */
  action: "CHECKOUT" | "MAKE_FREE" | "MAKE_BUSY" | "MAKE_REST" | "MAKE_ARRANGE" | "MAKE_FREE_AFTER_CALL_STOP" | "MAKE_BUSY_AFTER_CALL_STOP" | "MAKE_REST_AFTER_CALL_STOP" | "CHECKOUT_AFTER_CALL_STOP" | "CANCEL_AFTER_CALL_STOP" | "FORCE_RESET" | "FORCE_CHECKOUT" | "FORCE_MAKE_FREE" | "FORCE_MAKE_BUSY";
  /** 之前的状态；FORCE_* 时为被操作坐席的状态 — The status before; with FORCE_* the operated agent's. */
  last_agent_status: "OFFLINE" | "FREE" | "BUSY" | "REST" | "ARRANGE" | "RINGING" | "CALLING";
  /** 当前状态；FORCE_* 时为被操作坐席的状态 — The status now; with FORCE_* the operated agent's. */
  agent_status: "OFFLINE" | "FREE" | "BUSY" | "REST" | "ARRANGE" | "RINGING" | "CALLING";
}

/** 切换状态；FORCE_* 由班长对他人执行 — Changes the agent's status, or by FORCE_* another's. */
export interface ChangeStatusRequest {
  /** 消息类型 — Which message this is. */
  msg_type: "change_status";
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机；不填即坐席自己的分机 — The agent's extension; absent, it is the agent's own. */
  ext_id?: string;
  /** 客户端所在的系统，只用于显示 — The client's system, for display only. */
  os?: string;
  /** 签入时得到的令牌；填写时必须属于该坐席，否则返回 4009 — The one that checkin gave. Where it is sent it must be the agent's, else 4009. */
  token?: string;
  /** 状态动作；FORCE_* 由班长对他人执行（FORCE_RESET 也可对自己） — What to do with the status; FORCE_* is a supervisor's act on another agent (FORCE_RESET also one's own). */
  action: "CHECKOUT" | "MAKE_FREE" | "MAKE_BUSY" | "MAKE_REST" | "MAKE_ARRANGE" | "MAKE_FREE_AFTER_CALL_STOP" | "MAKE_BUSY_AFTER_CALL_STOP" | "MAKE_REST_AFTER_CALL_STOP" | "CHECKOUT_AFTER_CALL_STOP" | "CANCEL_AFTER_CALL_STOP" | "FORCE_RESET" | "FORCE_CHECKOUT" | "FORCE_MAKE_FREE" | "FORCE_MAKE_BUSY";
  /** 小休时长（分钟）；不填用企业的设置 — Minutes of the rest; absent, the company's. */
  rest_min?: number;
  /** 被操作的坐席；仅用于 FORCE_* — The agent that the act is upon, with FORCE_* only. */
  operated_agent_id?: string;
  /** 被操作坐席的分机；仅用于 FORCE_* — That agent's extension, with FORCE_* only. */
  operated_ext_id?: string;
}

/** checkin 成功的应答 — The successful reply to checkin. */
export interface CheckinReply {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "checkin";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
  /** 坐席绑定的分机 — The extension that the agent works at. */
  ext_id: string;
  /** 交换机的地址 — The switch's address. */
  pbx: string;
  /** 分机密码；仅在 TLS 或本机连接上给出 — The extension's password; only over TLS or from the same machine. */
  ext_pwd?: string;
  /** WebRTC 话机的 WebSocket 地址 — Where a WebRTC phone registers, over WebSocket. */
  rtc_address: string;
  /** 分机的 SIP 地址，浏览器话机以此注册 — The extension's SIP address, for a phone in the browser. */
  sip_address: string;
  /** STUN 和 TURN 服务器；带凭据的仅在 TLS 或本机连接上给出 — STUN and TURN servers; one with a credential only over TLS or from the same machine. */
  ice_servers: Array<IceServer>;
  /** 企业的通话结果选项 — What the company says can come of a call. */
  dispositions: Array<Disposition>;
  /** 话机类型：1 WebRTC，2 软电话 — The kind of phone: 1 WebRTC, 2 soft phone. */
  login_type: "1" | "2";
  /** 坐席状态 — The agent's status. */
  status: "OFFLINE" | "FREE" | "BUSY" | "REST" | "ARRANGE" | "RINGING" | "CALLING";
  /** 通话中的子状态 — What the call is in the middle of; absent for a plain talk, and without one. */
  sub_status?: "HOLD" | "CONSULT" | "TRANS" | "THREE_WAY" | "EAVESDROP" | "WHISPER" | "FORCE_CALL";
  /** 与坐席通话的各方号码 — The numbers of the other parties that have answered. */
  in_call_numbers: Array<string>;
  /** 通话各方，按加入的先后 — The parties of the agent's call, in the order of joining. */
  legs: Array<CallLeg>;
  /** 与一位客户的接触的标识，各方、转接、排队、重启前后都相同 — The same for all who are in contact with one customer, through transfers, queues and restarts. */
  contact_id?: string;
  /** 本次会话的令牌，可在断线后代替密码签入 — For checking in again without the password, as after a lost connection. */
  token: string;
  /** 之后推送的编号所属的纪元 — What the numbers of the pushes to come count within. */
  epoch: string;
  /** 进入当前状态的时刻（Unix 毫秒） — Since when the status is so, in ms of Unix time. */
  since_ms: number;
  /** 小休或事后处理自动结束的时刻（Unix 毫秒） — When a rest or wrap-up ends by itself, in ms of Unix time. */
  until_ms?: number;
  /** 服务器现在的时刻（Unix 毫秒） — The server's clock, in ms of Unix time. */
  now_ms: number;
  /** 坐席的整个桌面，want 含 desk 时给出 — All that a desktop shows, where it was wanted. */
  desk?: AgentView;
}

/** 签入；断线后可用令牌签入，并补发错过的推送 — Signs in on this connection, by password, or by the token of an earlier check-in. */
export interface CheckinRequest {
  /** 消息类型 — Which message this is. */
  msg_type: "checkin";
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机；不填即坐席自己的分机 — The agent's extension; absent, it is the agent's own. */
  ext_id?: string;
  /** 客户端所在的系统，只用于显示 — The client's system, for display only. */
  os?: string;
  /** 上次签入得到的令牌，可代替密码，并接管原连接 — The one of an earlier checkin, instead of the password; takes over from the old connection. */
  token?: string;
  /** 坐席密码；有令牌时可不填 — The password; not needed with a token. */
  agent_pwd?: string;
  /** 客户端的地址 — The client's address, as it sees it. */
  agent_ip?: string;
  /** 签入后的状态；不填用企业的设置 — The status to begin in; absent, the company's. */
  start_status?: "ARRANGE" | "BUSY" | "FREE" | "REST";
  /** 是否强制签入：结束坐席的通话，踢下原连接，从初始状态开始 — Whether to start over, which ends the agent's calls and takes over from another connection. */
  reset?: boolean;
  /** 用密码签入时接管其他连接上的会话，状态和通话保留 — Whether to take the agent over from another connection, with its status and call. */
  take?: boolean;
  /** 收到的最后一条推送的 epoch；与 seq 一起填写即补发其后的推送 — Of the last push received; with seq, the pushes after that one are sent again. */
  epoch?: string;
  /** 收到的最后一条推送的 seq — Of the last push received. */
  seq?: number;
  /** 另需的内容：desk 为坐席的整个桌面 — What to send besides: desk, the agent's whole desktop. */
  want?: Array<"desk">;
}

/** checkout 成功的应答 — The successful reply to checkout. */
export interface CheckoutReply {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "checkout";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
}

/** 签出；先结束坐席的通话 — Signs out, which ends the agent's call first. */
export interface CheckoutRequest {
  /** 消息类型 — Which message this is. */
  msg_type: "checkout";
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机；不填即坐席自己的分机 — The agent's extension; absent, it is the agent's own. */
  ext_id?: string;
  /** 客户端所在的系统，只用于显示 — The client's system, for display only. */
  os?: string;
  /** 签入时得到的令牌；填写时必须属于该坐席，否则返回 4009 — The one that checkin gave. Where it is sent it must be the agent's, else 4009. */
  token?: string;
}

/** 原系统地址上的连接的第一条消息 — The first message on the reference's address. */
export interface Connect {
  /** 消息类型 — Which message this is. */
  msg_type: "connect";
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0";
  /** 结果的说明文字 — The outcome in words. */
  msg: "连接成功";
}

/** consult 成功的应答 — The successful reply to consult. */
export interface ConsultReply {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "consult";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
  /** 被咨询方的话路 — The consultant's leg. */
  consult_uuid?: string;
  /** 与一位客户的接触的标识，各方、转接、排队、重启前后都相同 — The same for all who are in contact with one customer, through transfers, queues and restarts. */
  contact_id?: string;
}

/** 咨询：客户听音乐，坐席与被咨询方通话；或结束咨询 — Puts the customer aside and calls a consultant, or ends that. */
export interface ConsultRequest {
  /** 消息类型 — Which message this is. */
  msg_type: "consult";
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机；不填即坐席自己的分机 — The agent's extension; absent, it is the agent's own. */
  ext_id?: string;
  /** 客户端所在的系统，只用于显示 — The client's system, for display only. */
  os?: string;
  /** 签入时得到的令牌；填写时必须属于该坐席，否则返回 4009 — The one that checkin gave. Where it is sent it must be the agent's, else 4009. */
  token?: string;
  /** 语音方向：0 无，1 只发，2 只收，3 收发 — Sound: 0 none, 1 send, 2 receive, 3 both. */
  audio?: 0 | 1 | 2 | 3;
  /** 视频方向：0 无，1 只发，2 只收，3 收发 — Pictures: 0 none, 1 send, 2 receive, 3 both. */
  video?: 0 | 1 | 2 | 3;
  /** 视频分辨率 — The height of the picture. */
  pixels?: "480" | "720" | "1280";
  /** 该请求的每一路最长振铃秒数（坐席自己的除外） — Seconds that each leg of the request may ring, the agent's own excepted. */
  max_ring_time?: number;
  /** 最长通话秒数 — Seconds to talk. */
  max_call_time?: number;
  /** 录音开始的时机：不录、对方振铃时、接通时 — When recording begins: never, while the far side rings, at the answer. */
  record_start?: "NONE" | "RING" | "ANSWER";
  /** true 录双方，false 只录坐席 — true: both directions; false: the agent's side only. */
  record_contact?: boolean;
  /** 双声道：左为客户，右为坐席 — Left the customer, right the agents. */
  is_stereo?: boolean;
  /** 录音文件的格式 — The format of the file. */
  record_suffix?: "mp3" | "wav" | "mp4";
  /** 话路的 uuid — The leg. */
  uuid: string;
  /** 1 发起咨询，2 结束咨询 — 1 begin, 2 end. */
  type: "1" | "2";
  /** 被咨询方：0 坐席，1 外线；发起时必填 — Whom: 0 an agent, 1 outside; needed to begin. */
  consult_type?: "0" | "1";
  /** 坐席标识或外线号码；发起时必填 — An agent's id or an outside number; needed to begin. */
  consult_number?: string;
}

/** consult_to_trans 成功的应答 — The successful reply to consult_to_trans. */
export interface ConsultToTransReply {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "consult_to_trans";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
}

/** 咨询中转接：把客户交给被咨询方 — Hands the customer over to the consultant. */
export interface ConsultToTransRequest {
  /** 消息类型 — Which message this is. */
  msg_type: "consult_to_trans";
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机；不填即坐席自己的分机 — The agent's extension; absent, it is the agent's own. */
  ext_id?: string;
  /** 客户端所在的系统，只用于显示 — The client's system, for display only. */
  os?: string;
  /** 签入时得到的令牌；填写时必须属于该坐席，否则返回 4009 — The one that checkin gave. Where it is sent it must be the agent's, else 4009. */
  token?: string;
  /** 被咨询方的话路 — The consultant's leg. */
  consult_uuid: string;
}

export interface DirectoryAgent {
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 名字 — The name. */
  name: string;
  /** 坐席的分机；未绑定时没有 — The agent's extension; absent without one. */
  ext_id?: string;
  /** 坐席状态 — The agent's status. */
  status: "OFFLINE" | "FREE" | "BUSY" | "REST" | "ARRANGE" | "RINGING" | "CALLING";
  /** 现在呼叫、咨询或转接给他会不会被接受 — Whether a call, consult or transfer to the agent would be accepted now. */
  available: boolean;
}

/** 通讯录的变化，每秒至多一次 — What has changed in the directory, at most once a second. */
export interface DirectoryChange {
  /** 消息类型 — Which message this is. */
  msg_type: "directory_change";
  /** 引起该推送的请求的标识；呼入为话路的 uuid；其余为新生成的值 — That of the request that caused the push; in a callin the leg's uuid; otherwise a fresh one. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机 — The agent's extension. */
  ext_id: string;
  /** 坐席签入时的系统 — The system that the agent checked in from. */
  os: string;
  /** 推送编号所属的纪元；改变后编号重新开始 — What the numbers of pushes count within; another one begins anew. */
  epoch: string;
  /** 该坐席推送的编号，逐一递增 — The number of this push to the agent, one more each time. */
  seq: number;
  /** 有变化的坐席 — Those that have changed. */
  agents: Array<DirectoryAgent>;
  /** 有变化的技能组 — Those that have changed. */
  skills: Array<DirectorySkill>;
  /** 可转接的 IVR；配置改变时才有 — The IVRs, where the configuration has changed. */
  ivrs?: Array<string>;
  /** 是否有满意度调查；配置改变时才有 — Whether there is a survey, where the configuration has changed. */
  survey?: boolean;
  /** 配置中已删除的坐席 — Agents that the configuration has no longer. */
  gone_agents?: Array<string>;
  /** 配置中已删除的技能组 — Skills that the configuration has no longer. */
  gone_skills?: Array<string>;
}

/** directory 成功的应答 — The successful reply to directory. */
export interface DirectoryReply {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "directory";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
  /** 企业的所有坐席 — All agents of the company. */
  agents: Array<DirectoryAgent>;
  /** 技能组 — The skills that callers can be transferred to. */
  skills: Array<DirectorySkill>;
  /** 可转接的 IVR — The IVRs that can be transferred to. */
  ivrs: Array<string>;
  /** 是否有满意度调查 — Whether there is a survey. */
  survey: boolean;
}

/** 通讯录：同事及其状态、技能组、IVR、满意度，并可订阅变化 — Whom an agent can call or transfer to, once or on each change. */
export interface DirectoryRequest {
  /** 消息类型 — Which message this is. */
  msg_type: "directory";
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机；不填即坐席自己的分机 — The agent's extension; absent, it is the agent's own. */
  ext_id?: string;
  /** 客户端所在的系统，只用于显示 — The client's system, for display only. */
  os?: string;
  /** 签入时得到的令牌；填写时必须属于该坐席，否则返回 4009 — The one that checkin gave. Where it is sent it must be the agent's, else 4009. */
  token?: string;
  /** 是否在变化时推送 directory_change — Whether directory_change follows on each change. */
  subscribe?: boolean;
}

export interface DirectorySkill {
  /** 技能组 — The skill. */
  skill: string;
  /** 技能组的名称 — What a person is shown. */
  name: string;
  /** 现在可接听的坐席数 — How many agents could take a caller now. */
  agents_free: number;
  /** 排队的来电数 — How many callers wait. */
  waiting: number;
}

export interface Disposition {
  /** 选项的标识 — What wrap_up sends. */
  disposition: string;
  /** 选项的名称 — What a person is shown. */
  name: string;
}

/** dtmf 成功的应答 — The successful reply to dtmf. */
export interface DtmfReply {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "dtmf";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
}

/** 二次拨号：向对方发送按键 — Sends keys to the far party. */
export interface DtmfRequest {
  /** 消息类型 — Which message this is. */
  msg_type: "dtmf";
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机；不填即坐席自己的分机 — The agent's extension; absent, it is the agent's own. */
  ext_id?: string;
  /** 客户端所在的系统，只用于显示 — The client's system, for display only. */
  os?: string;
  /** 签入时得到的令牌；填写时必须属于该坐席，否则返回 4009 — The one that checkin gave. Where it is sent it must be the agent's, else 4009. */
  token?: string;
  /** 话路的 uuid — The leg. */
  uuid: string;
  /** 按键；w 停 0.5 秒，W 停 1 秒 — The keys; w waits 0.5 s, W 1 s. */
  content: string;
  /** 发送方式：0 INFO，1 带内，3 RFC 2833 — How: 0 INFO, 1 in-band, 3 RFC 2833. */
  dtmf_type?: 0 | 1 | 3;
}

/** eavesdrop 成功的应答 — The successful reply to eavesdrop. */
export interface EavesdropReply {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "eavesdrop";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
  /** 班长自己的话路 — The supervisor's own leg. */
  uuid: string;
  /** 与一位客户的接触的标识，各方、转接、排队、重启前后都相同 — The same for all who are in contact with one customer, through transfers, queues and restarts. */
  contact_id?: string;
}

/** 监听：班长听到通话，无人听到班长 — The supervisor hears an agent's call, and nobody hears the supervisor. */
export interface EavesdropRequest {
  /** 消息类型 — Which message this is. */
  msg_type: "eavesdrop";
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机；不填即坐席自己的分机 — The agent's extension; absent, it is the agent's own. */
  ext_id?: string;
  /** 客户端所在的系统，只用于显示 — The client's system, for display only. */
  os?: string;
  /** 签入时得到的令牌；填写时必须属于该坐席，否则返回 4009 — The one that checkin gave. Where it is sent it must be the agent's, else 4009. */
  token?: string;
  /** 被操作的坐席 — The agent that the act is upon. */
  operated_agent_id: string;
  /** 被操作坐席的分机 — That agent's extension. */
  operated_ext_id: string;
}

/** force_call 成功的应答 — The successful reply to force_call. */
export interface ForceCallReply {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "force_call";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
  /** 班长自己的话路 — The supervisor's own leg. */
  uuid: string;
  /** 与一位客户的接触的标识，各方、转接、排队、重启前后都相同 — The same for all who are in contact with one customer, through transfers, queues and restarts. */
  contact_id?: string;
}

/** 强插：班长加入通话，各方互相听到 — The supervisor joins an agent's call, and all hear all. */
export interface ForceCallRequest {
  /** 消息类型 — Which message this is. */
  msg_type: "force_call";
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机；不填即坐席自己的分机 — The agent's extension; absent, it is the agent's own. */
  ext_id?: string;
  /** 客户端所在的系统，只用于显示 — The client's system, for display only. */
  os?: string;
  /** 签入时得到的令牌；填写时必须属于该坐席，否则返回 4009 — The one that checkin gave. Where it is sent it must be the agent's, else 4009. */
  token?: string;
  /** 被操作的坐席 — The agent that the act is upon. */
  operated_agent_id: string;
  /** 被操作坐席的分机 — That agent's extension. */
  operated_ext_id: string;
}

/** 错过的推送中有已不再保存的；客户端应重新查询状态 — Pushes that were missed are no longer kept; the client asks for the state anew. */
export interface Gap {
  /** 消息类型 — Which message this is. */
  msg_type: "gap";
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 推送编号所属的纪元；改变后编号重新开始 — What the numbers of pushes count within; another one begins anew. */
  epoch: string;
  /** 已不再保存的第一条推送的编号 — The first push that is no longer kept. */
  from_seq: number;
  /** 已不再保存的最后一条推送的编号 — The last push that is no longer kept. */
  to_seq: number;
}

/** get_status 成功的应答 — The successful reply to get_status. */
export interface GetStatusReply {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "get_status";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
  /** 坐席状态 — The agent's status. */
  status: "OFFLINE" | "FREE" | "BUSY" | "REST" | "ARRANGE" | "RINGING" | "CALLING";
  /** 通话中的子状态 — What the call is in the middle of; absent for a plain talk, and without one. */
  sub_status?: "HOLD" | "CONSULT" | "TRANS" | "THREE_WAY" | "EAVESDROP" | "WHISPER" | "FORCE_CALL";
  /** 通话结束后将进入的状态（已预约时） — The status that the agent will enter when the call ends, where one was asked for. */
  call_stop_status?: "OFFLINE" | "FREE" | "BUSY" | "REST" | "ARRANGE" | "RINGING" | "CALLING";
  /** 与坐席通话的各方号码 — The numbers of the other parties that have answered. */
  in_call_numbers: Array<string>;
  /** 通话各方，按加入的先后 — The parties of the agent's call, in the order of joining. */
  legs: Array<CallLeg>;
  /** 与一位客户的接触的标识，各方、转接、排队、重启前后都相同 — The same for all who are in contact with one customer, through transfers, queues and restarts. */
  contact_id?: string;
  /** 进入当前状态的时刻（Unix 毫秒） — Since when the status is so, in ms of Unix time. */
  since_ms: number;
  /** 小休或事后处理自动结束的时刻（Unix 毫秒） — When a rest or wrap-up ends by itself, in ms of Unix time. */
  until_ms?: number;
  /** 服务器现在的时刻（Unix 毫秒） — The server's clock, in ms of Unix time. */
  now_ms: number;
  /** 坐席的整个桌面，签入时要求过才给出 — All that a desktop shows, where it was wanted at check-in. */
  desk?: AgentView;
}

/** 查询坐席的状态和通话 — The agent's status and call, as they are now. */
export interface GetStatusRequest {
  /** 消息类型 — Which message this is. */
  msg_type: "get_status";
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机；不填即坐席自己的分机 — The agent's extension; absent, it is the agent's own. */
  ext_id?: string;
  /** 客户端所在的系统，只用于显示 — The client's system, for display only. */
  os?: string;
  /** 签入时得到的令牌；填写时必须属于该坐席，否则返回 4009 — The one that checkin gave. Where it is sent it must be the agent's, else 4009. */
  token?: string;
}

/** get_token 成功的应答 — The successful reply to get_token. */
export interface GetTokenReply {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "get_token";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
  /** 令牌，至签出为止有效 — Valid until check-out. */
  token: string;
}

/** 获取令牌 — A token without a check-in. */
export interface GetTokenRequest {
  /** 消息类型 — Which message this is. */
  msg_type: "get_token";
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机；不填即坐席自己的分机 — The agent's extension; absent, it is the agent's own. */
  ext_id?: string;
  /** 客户端所在的系统，只用于显示 — The client's system, for display only. */
  os?: string;
  /** 签入时得到的令牌；填写时必须属于该坐席，否则返回 4009 — The one that checkin gave. Where it is sent it must be the agent's, else 4009. */
  token?: string;
  /** 坐席密码 — The agent's password. */
  agent_pwd?: string;
  /** 同 agent_pwd（原协议表格中的拼写） — The same as agent_pwd, as the source's own table spells it. */
  aagent_pwd?: string;
}

/** hangup 成功的应答 — The successful reply to hangup. */
export interface HangupReply {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "hangup";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
}

/** 挂断坐席自己的或由坐席呼出的话路 — Ends the agent's own leg, or one that the agent has set up. */
export interface HangupRequest {
  /** 消息类型 — Which message this is. */
  msg_type: "hangup";
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机；不填即坐席自己的分机 — The agent's extension; absent, it is the agent's own. */
  ext_id?: string;
  /** 客户端所在的系统，只用于显示 — The client's system, for display only. */
  os?: string;
  /** 签入时得到的令牌；填写时必须属于该坐席，否则返回 4009 — The one that checkin gave. Where it is sent it must be the agent's, else 4009. */
  token?: string;
  /** 要挂断的话路：坐席自己的，或由坐席呼出的 — The leg to end: the agent's own, or one that the agent has set up. */
  uuid: string;
}

/** hold 失败的应答，可带回当前状态 — The reply to a hold that failed, which may show the present state. */
export interface HoldRefusal {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "hold";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "1000" | "1001" | "4000" | "4002" | "4004" | "4005" | "4006" | "4007" | "4008" | "4009" | "4010" | "4011" | "4012" | "4014" | "4016" | "4100" | "4101" | "4102" | "4103" | "4104" | "4105" | "4106" | "4107" | "5000" | "5200" | "5201" | "5202" | "5203" | "5204" | "5205" | "5206" | "5207" | "5208" | "5300" | "5301" | "5302" | "5303" | "9999";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
  /** 现在是否保持，失败时也带回 — How it is now; a refusal has it too, where the agent is checked in. */
  hold?: "0" | "1";
}

/** hold 成功的应答 — The successful reply to hold. */
export interface HoldReply {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "hold";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
  /** 现在是否保持，失败时也带回 — How it is now; a refusal has it too, where the agent is checked in. */
  hold: "0" | "1";
}

/** 保持与取回：对方听音乐，双方互不听见 — Holds or takes back; the far party hears music meanwhile. */
export interface HoldRequest {
  /** 消息类型 — Which message this is. */
  msg_type: "hold";
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机；不填即坐席自己的分机 — The agent's extension; absent, it is the agent's own. */
  ext_id?: string;
  /** 客户端所在的系统，只用于显示 — The client's system, for display only. */
  os?: string;
  /** 签入时得到的令牌；填写时必须属于该坐席，否则返回 4009 — The one that checkin gave. Where it is sent it must be the agent's, else 4009. */
  token?: string;
  /** 话路的 uuid — The leg. */
  uuid: string;
  /** 1 保持，0 取回 — 1 hold, 0 take back. */
  hold: "0" | "1";
}

export interface IceServer {
  /** 服务器的地址 — Its addresses. */
  urls: Array<string>;
  /** 用户名 — The name to use it by. */
  username?: string;
  /** 凭据 — The secret to use it by. */
  credential?: string;
}

/** interrupt_call 成功的应答 — The successful reply to interrupt_call. */
export interface InterruptCallReply {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "interrupt_call";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
}

/** 强拆：班长结束坐席的整个通话 — The supervisor ends an agent's whole call. */
export interface InterruptCallRequest {
  /** 消息类型 — Which message this is. */
  msg_type: "interrupt_call";
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机；不填即坐席自己的分机 — The agent's extension; absent, it is the agent's own. */
  ext_id?: string;
  /** 客户端所在的系统，只用于显示 — The client's system, for display only. */
  os?: string;
  /** 签入时得到的令牌；填写时必须属于该坐席，否则返回 4009 — The one that checkin gave. Where it is sent it must be the agent's, else 4009. */
  token?: string;
  /** 被操作的坐席 — The agent that the act is upon. */
  operated_agent_id: string;
  /** 被操作坐席的分机 — That agent's extension. */
  operated_ext_id: string;
}

/** 坐席在其他连接上签入，本连接被取代；客户端不得自行重连 — The agent has checked in elsewhere. Who gets this must not come back by itself. */
export interface KickOff {
  /** 消息类型 — Which message this is. */
  msg_type: "kick_off";
  /** 引起该推送的请求的标识；呼入为话路的 uuid；其余为新生成的值 — That of the request that caused the push; in a callin the leg's uuid; otherwise a fresh one. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机 — The agent's extension. */
  ext_id: string;
  /** 新连接的系统 — The system of the new connection. */
  os: string;
  /** 推送编号所属的纪元；改变后编号重新开始 — What the numbers of pushes count within; another one begins anew. */
  epoch: string;
  /** 该坐席最后一条推送的编号；尚无推送时为 0 — The number of the agent's last push; 0 before the first. */
  seq: number;
  /** 新连接的客户端地址 — The new client's address, as it stated it, or else as it was seen. */
  agent_ip: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0" | "1000" | "1001" | "4000" | "4002" | "4004" | "4005" | "4006" | "4007" | "4008" | "4009" | "4010" | "4011" | "4012" | "4014" | "4016" | "4100" | "4101" | "4102" | "4103" | "4104" | "4105" | "4106" | "4107" | "5000" | "5200" | "5201" | "5202" | "5203" | "5204" | "5205" | "5206" | "5207" | "5208" | "5300" | "5301" | "5302" | "5303" | "9999";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
}

/** mute 失败的应答，可带回当前状态 — The reply to a mute that failed, which may show the present state. */
export interface MuteRefusal {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "mute";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "1000" | "1001" | "4000" | "4002" | "4004" | "4005" | "4006" | "4007" | "4008" | "4009" | "4010" | "4011" | "4012" | "4014" | "4016" | "4100" | "4101" | "4102" | "4103" | "4104" | "4105" | "4106" | "4107" | "5000" | "5200" | "5201" | "5202" | "5203" | "5204" | "5205" | "5206" | "5207" | "5208" | "5300" | "5301" | "5302" | "5303" | "9999";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
  /** 现在是否静音，失败时也带回 — How it is now; a refusal has it too, where the agent is checked in. */
  mute?: "0" | "1";
}

/** mute 成功的应答 — The successful reply to mute. */
export interface MuteReply {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "mute";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
  /** 现在是否静音，失败时也带回 — How it is now; a refusal has it too, where the agent is checked in. */
  mute: "0" | "1";
}

/** 静音：他人听不到坐席，坐席听得到他人 — Nobody hears the agent, and the agent hears all. */
export interface MuteRequest {
  /** 消息类型 — Which message this is. */
  msg_type: "mute";
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机；不填即坐席自己的分机 — The agent's extension; absent, it is the agent's own. */
  ext_id?: string;
  /** 客户端所在的系统，只用于显示 — The client's system, for display only. */
  os?: string;
  /** 签入时得到的令牌；填写时必须属于该坐席，否则返回 4009 — The one that checkin gave. Where it is sent it must be the agent's, else 4009. */
  token?: string;
  /** 话路的 uuid — The leg. */
  uuid: string;
  /** 1 静音，0 取消 — 1 mute, 0 unmute. */
  mute: "0" | "1";
}

/** ping 成功的应答 — The successful reply to ping. */
export interface PingReply {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "pong";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
}

/** 心跳；签入前也可发送 — Shows that the connection is alive, also before check-in. */
export interface PingRequest {
  /** 消息类型 — Which message this is. */
  msg_type: "ping";
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id?: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机；不填即坐席自己的分机 — The agent's extension; absent, it is the agent's own. */
  ext_id?: string;
  /** 客户端所在的系统，只用于显示 — The client's system, for display only. */
  os?: string;
  /** 签入时得到的令牌；填写时必须属于该坐席，否则返回 4009 — The one that checkin gave. Where it is sent it must be the agent's, else 4009. */
  token?: string;
}

/** 播放企业自己的录音 — Plays one of the company's recordings. */
export interface PlayRecord {
  /** 消息类型 — Which message this is. */
  msg_type: "play_record";
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机；不填即坐席自己的分机 — The agent's extension; absent, it is the agent's own. */
  ext_id?: string;
  /** 客户端所在的系统，只用于显示 — The client's system, for display only. */
  os?: string;
  /** 签入时得到的令牌；填写时必须属于该坐席，否则返回 4009 — The one that checkin gave. Where it is sent it must be the agent's, else 4009. */
  token?: string;
  /** 语音方向：0 无，1 只发，2 只收，3 收发 — Sound: 0 none, 1 send, 2 receive, 3 both. */
  audio?: 0 | 1 | 2 | 3;
  /** 视频方向：0 无，1 只发，2 只收，3 收发 — Pictures: 0 none, 1 send, 2 receive, 3 both. */
  video?: 0 | 1 | 2 | 3;
  /** 视频分辨率 — The height of the picture. */
  pixels?: "480" | "720" | "1280";
  /** 录音文件，相对于企业的录音目录 — The file, below the company's recordings. */
  file_path: string;
  /** 播放给哪一路；不填则呼叫坐席的话机 — The leg to play to; absent, the agent's phone is called. */
  uuid?: string;
}

/** 控制录音的播放 — Pauses, moves or ends a playback. */
export interface PlayRecordControl {
  /** 消息类型 — Which message this is. */
  msg_type: "play_record_control";
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机；不填即坐席自己的分机 — The agent's extension; absent, it is the agent's own. */
  ext_id?: string;
  /** 客户端所在的系统，只用于显示 — The client's system, for display only. */
  os?: string;
  /** 签入时得到的令牌；填写时必须属于该坐席，否则返回 4009 — The one that checkin gave. Where it is sent it must be the agent's, else 4009. */
  token?: string;
  /** 话路的 uuid — The leg. */
  uuid: string;
  /** 播放控制 — What to do with the playback. */
  action: "pause" | "resume" | "replay" | "seek" | "speed" | "stop" | "volume";
  /** 播放速度，负数更慢 — The speed; below 0 is slower. */
  speed_value?: number;
  /** 音量 — The volume. */
  volume_value?: number;
  /** 跳转到的位置（毫秒） — The place to go to, in ms. */
  seek_value?: number;
}

/** play_record_control 成功的应答 — The successful reply to play_record_control. */
export interface PlayRecordControlReply {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "play_record_control";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
}

/** play_record 成功的应答 — The successful reply to play_record. */
export interface PlayRecordReply {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "play_record";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
  /** 听录音的话路 — The leg that hears the file. */
  uuid: string;
}

/** preview_out_call 成功的应答 — The successful reply to preview_out_call. */
export interface PreviewOutCallReply {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "preview_out_call";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
  /** 坐席自己的话路 — The agent's own leg. */
  uuid: string;
  /** 与一位客户的接触的标识，各方、转接、排队、重启前后都相同 — The same for all who are in contact with one customer, through transfers, queues and restarts. */
  contact_id: string;
}

/** 预览外呼 — Calls the number of a campaign's task, which the agent has looked at. */
export interface PreviewOutCallRequest {
  /** 消息类型 — Which message this is. */
  msg_type: "preview_out_call";
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机；不填即坐席自己的分机 — The agent's extension; absent, it is the agent's own. */
  ext_id?: string;
  /** 客户端所在的系统，只用于显示 — The client's system, for display only. */
  os?: string;
  /** 签入时得到的令牌；填写时必须属于该坐席，否则返回 4009 — The one that checkin gave. Where it is sent it must be the agent's, else 4009. */
  token?: string;
  /** 语音方向：0 无，1 只发，2 只收，3 收发 — Sound: 0 none, 1 send, 2 receive, 3 both. */
  audio?: 0 | 1 | 2 | 3;
  /** 视频方向：0 无，1 只发，2 只收，3 收发 — Pictures: 0 none, 1 send, 2 receive, 3 both. */
  video?: 0 | 1 | 2 | 3;
  /** 视频分辨率 — The height of the picture. */
  pixels?: "480" | "720" | "1280";
  /** 该请求的每一路最长振铃秒数（坐席自己的除外） — Seconds that each leg of the request may ring, the agent's own excepted. */
  max_ring_time?: number;
  /** 最长通话秒数 — Seconds to talk. */
  max_call_time?: number;
  /** 录音开始的时机：不录、对方振铃时、接通时 — When recording begins: never, while the far side rings, at the answer. */
  record_start?: "NONE" | "RING" | "ANSWER";
  /** true 录双方，false 只录坐席 — true: both directions; false: the agent's side only. */
  record_contact?: boolean;
  /** 双声道：左为客户，右为坐席 — Left the customer, right the agents. */
  is_stereo?: boolean;
  /** 录音文件的格式 — The format of the file. */
  record_suffix?: "mp3" | "wav" | "mp4";
  /** 被叫号码 — The number called. */
  callee_number: string;
  /** 工单标识，原样带回 — The client's own reference, handed on as it is. */
  work_order_id?: string;
  /** 外呼任务的标识 — The campaign's task. */
  task_id?: string;
  /** 号码在任务中的标识 — The number's id in the task. */
  number_id?: string;
  /** 客户编号 — The customer's own number in the campaign. */
  client_number?: string;
  /** 第几次拨打 — Which attempt this is. */
  current_times?: string;
}

/** record_control 成功的应答 — The successful reply to record_control. */
export interface RecordControlReply {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "record_control";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
  /** 录音状态 — Whether a recording runs. */
  recording: "on" | "paused" | "off";
}

/** 录音的开始、暂停、继续和停止 — Starts, pauses, resumes and stops the recording of the agent's call. */
export interface RecordControlRequest {
  /** 消息类型 — Which message this is. */
  msg_type: "record_control";
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机；不填即坐席自己的分机 — The agent's extension; absent, it is the agent's own. */
  ext_id?: string;
  /** 客户端所在的系统，只用于显示 — The client's system, for display only. */
  os?: string;
  /** 签入时得到的令牌；填写时必须属于该坐席，否则返回 4009 — The one that checkin gave. Where it is sent it must be the agent's, else 4009. */
  token?: string;
  /** 该通话的任一话路 — Any leg of the call. */
  uuid: string;
  /** 开始、暂停、继续、停止 — What to do with the recording. */
  action: "start" | "pause" | "resume" | "stop";
  /** true 录双方，false 只录坐席 — true: both directions; false: the agent's side only. */
  record_contact?: boolean;
  /** 双声道：左为客户，右为坐席 — Left the customer, right the agents. */
  is_stereo?: boolean;
  /** 录音文件的格式 — The format of the file. */
  record_suffix?: "mp3" | "wav" | "mp4";
}

/** 失败的应答：code 不为 0，msg 说明原因 — A request that failed: its code is not 0, and msg says why. */
export interface Refusal {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: string;
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "1000" | "1001" | "4000" | "4002" | "4004" | "4005" | "4006" | "4007" | "4008" | "4009" | "4010" | "4011" | "4012" | "4014" | "4016" | "4100" | "4101" | "4102" | "4103" | "4104" | "4105" | "4106" | "4107" | "5000" | "5200" | "5201" | "5202" | "5203" | "5204" | "5205" | "5206" | "5207" | "5208" | "5300" | "5301" | "5302" | "5303" | "9999";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
}

/** substitute 成功的应答 — The successful reply to substitute. */
export interface SubstituteReply {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "substitute";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
  /** 班长自己的话路 — The supervisor's own leg. */
  uuid: string;
  /** 与一位客户的接触的标识，各方、转接、排队、重启前后都相同 — The same for all who are in contact with one customer, through transfers, queues and restarts. */
  contact_id?: string;
}

/** 代接：班长接过坐席的振铃或通话 — The supervisor takes an agent's ringing or running call over. */
export interface SubstituteRequest {
  /** 消息类型 — Which message this is. */
  msg_type: "substitute";
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机；不填即坐席自己的分机 — The agent's extension; absent, it is the agent's own. */
  ext_id?: string;
  /** 客户端所在的系统，只用于显示 — The client's system, for display only. */
  os?: string;
  /** 签入时得到的令牌；填写时必须属于该坐席，否则返回 4009 — The one that checkin gave. Where it is sent it must be the agent's, else 4009. */
  token?: string;
  /** 被操作的坐席 — The agent that the act is upon. */
  operated_agent_id: string;
  /** 被操作坐席的分机 — That agent's extension. */
  operated_ext_id: string;
}

export interface TeamAgent {
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机；未绑定时为空 — The agent's extension; "" without one. */
  ext_id: string;
  /** 坐席状态 — The agent's status. */
  status: "OFFLINE" | "FREE" | "BUSY" | "REST" | "ARRANGE" | "RINGING" | "CALLING";
  /** 通话中的子状态 — What the call is in the middle of; absent for a plain talk, and without one. */
  sub_status?: "HOLD" | "CONSULT" | "TRANS" | "THREE_WAY" | "EAVESDROP" | "WHISPER" | "FORCE_CALL";
  /** 自何时起 — Since when. */
  since: string;
  /** 进入当前状态的时刻（Unix 毫秒） — Since when the status is so, in ms of Unix time. */
  since_ms: number;
  /** 话机是否已注册 — Whether the agent's phone is registered. */
  registered: boolean;
  /** 服务模式：1 接待排队呼叫，2 只外呼 — 1 takes callers from queues, 2 does not (outbound work). */
  service_mode: 1 | 2;
  /** 坐席自己的话路 — The agent's own leg, in a call. */
  call?: string;
}

/** 坐席和队列的变化，每秒至多一次 — What has changed for those who watch the team, at most once a second. */
export interface TeamChange {
  /** 消息类型 — Which message this is. */
  msg_type: "team_change";
  /** 引起该推送的请求的标识；呼入为话路的 uuid；其余为新生成的值 — That of the request that caused the push; in a callin the leg's uuid; otherwise a fresh one. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机 — The agent's extension. */
  ext_id: string;
  /** 坐席签入时的系统 — The system that the agent checked in from. */
  os: string;
  /** 推送编号所属的纪元；改变后编号重新开始 — What the numbers of pushes count within; another one begins anew. */
  epoch: string;
  /** 该坐席推送的编号，逐一递增 — The number of this push to the agent, one more each time. */
  seq: number;
  /** 有变化的坐席 — Those that have changed. */
  agents: Array<TeamAgent>;
  /** 有变化的队列 — Those that have changed. */
  queues: Array<TeamQueue>;
  /** 服务器现在的时刻（Unix 毫秒） — The server's clock, in ms of Unix time. */
  now_ms: number;
}

export interface TeamQueue {
  /** 技能组 — The skill. */
  skill: string;
  /** 现在可接听的坐席数 — How many agents could take a caller now. */
  agents_free: number;
  /** 排队的来电 — The callers who wait, the longest first. */
  waiting: Array<WaitingCaller>;
}

/** team_status 成功的应答 — The successful reply to team_status. */
export interface TeamStatusReply {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "team_status";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
  /** 企业的所有坐席 — All agents of the company. */
  agents: Array<TeamAgent>;
  /** 每个技能组的队列 — The queue of every skill. */
  queues: Array<TeamQueue>;
  /** 服务器现在的时刻（Unix 毫秒） — The server's clock, in ms of Unix time. */
  now_ms: number;
}

/** 班长查看企业的坐席和队列，并可订阅变化 — A supervisor's view of all agents and queues, once or on each change. */
export interface TeamStatusRequest {
  /** 消息类型 — Which message this is. */
  msg_type: "team_status";
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机；不填即坐席自己的分机 — The agent's extension; absent, it is the agent's own. */
  ext_id?: string;
  /** 客户端所在的系统，只用于显示 — The client's system, for display only. */
  os?: string;
  /** 签入时得到的令牌；填写时必须属于该坐席，否则返回 4009 — The one that checkin gave. Where it is sent it must be the agent's, else 4009. */
  token?: string;
  /** 是否在变化时推送 team_change — Whether team_change follows on each change. */
  subscribe?: boolean;
}

/** three_way 成功的应答 — The successful reply to three_way. */
export interface ThreeWayReply {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "three_way";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
  /** 与坐席通话的各方号码 — The numbers of the other parties that have answered. */
  in_call_numbers: Array<string>;
  /** 第三方的话路 — The third party's leg. */
  uuid: string;
  /** 与一位客户的接触的标识，各方、转接、排队、重启前后都相同 — The same for all who are in contact with one customer, through transfers, queues and restarts. */
  contact_id: string;
}

/** 三方通话：第三方接听后各方互相听到 — Calls a third party into the talk. */
export interface ThreeWayRequest {
  /** 消息类型 — Which message this is. */
  msg_type: "three_way";
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机；不填即坐席自己的分机 — The agent's extension; absent, it is the agent's own. */
  ext_id?: string;
  /** 客户端所在的系统，只用于显示 — The client's system, for display only. */
  os?: string;
  /** 签入时得到的令牌；填写时必须属于该坐席，否则返回 4009 — The one that checkin gave. Where it is sent it must be the agent's, else 4009. */
  token?: string;
  /** 语音方向：0 无，1 只发，2 只收，3 收发 — Sound: 0 none, 1 send, 2 receive, 3 both. */
  audio?: 0 | 1 | 2 | 3;
  /** 视频方向：0 无，1 只发，2 只收，3 收发 — Pictures: 0 none, 1 send, 2 receive, 3 both. */
  video?: 0 | 1 | 2 | 3;
  /** 视频分辨率 — The height of the picture. */
  pixels?: "480" | "720" | "1280";
  /** 该请求的每一路最长振铃秒数（坐席自己的除外） — Seconds that each leg of the request may ring, the agent's own excepted. */
  max_ring_time?: number;
  /** 最长通话秒数 — Seconds to talk. */
  max_call_time?: number;
  /** 录音开始的时机：不录、对方振铃时、接通时 — When recording begins: never, while the far side rings, at the answer. */
  record_start?: "NONE" | "RING" | "ANSWER";
  /** true 录双方，false 只录坐席 — true: both directions; false: the agent's side only. */
  record_contact?: boolean;
  /** 双声道：左为客户，右为坐席 — Left the customer, right the agents. */
  is_stereo?: boolean;
  /** 录音文件的格式 — The format of the file. */
  record_suffix?: "mp3" | "wav" | "mp4";
  /** 话路的 uuid — The leg. */
  uuid: string;
  /** 第三方：0 坐席，1 外线 — Whom: 0 an agent, 1 outside. */
  three_way_type: "0" | "1";
  /** 坐席标识或外线号码；咨询中只能是被咨询方 — An agent's id or an outside number; from a consult only the consultant's. */
  three_way_number: string;
}

/** toggle_service_mode 成功的应答 — The successful reply to toggle_service_mode. */
export interface ToggleServiceModeReply {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "toggle_service_mode";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
}

/** 切换服务模式 — Whether queues offer callers to the agent. */
export interface ToggleServiceModeRequest {
  /** 消息类型 — Which message this is. */
  msg_type: "toggle_service_mode";
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机；不填即坐席自己的分机 — The agent's extension; absent, it is the agent's own. */
  ext_id?: string;
  /** 客户端所在的系统，只用于显示 — The client's system, for display only. */
  os?: string;
  /** 签入时得到的令牌；填写时必须属于该坐席，否则返回 4009 — The one that checkin gave. Where it is sent it must be the agent's, else 4009. */
  token?: string;
  /** 服务模式：1 接待排队呼叫，2 只外呼 — 1 takes callers from queues, 2 does not (outbound work). */
  service_mode: 1 | 2;
}

/** trans 成功的应答 — The successful reply to trans. */
export interface TransReply {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "trans";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
  /** 与一位客户的接触的标识，各方、转接、排队、重启前后都相同 — The same for all who are in contact with one customer, through transfers, queues and restarts. */
  contact_id?: string;
}

/** 转接给坐席、技能组、IVR、外线或满意度；或取消 — Transfers the customer, or cancels that. */
export interface TransRequest {
  /** 消息类型 — Which message this is. */
  msg_type: "trans";
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机；不填即坐席自己的分机 — The agent's extension; absent, it is the agent's own. */
  ext_id?: string;
  /** 客户端所在的系统，只用于显示 — The client's system, for display only. */
  os?: string;
  /** 签入时得到的令牌；填写时必须属于该坐席，否则返回 4009 — The one that checkin gave. Where it is sent it must be the agent's, else 4009. */
  token?: string;
  /** 语音方向：0 无，1 只发，2 只收，3 收发 — Sound: 0 none, 1 send, 2 receive, 3 both. */
  audio?: 0 | 1 | 2 | 3;
  /** 视频方向：0 无，1 只发，2 只收，3 收发 — Pictures: 0 none, 1 send, 2 receive, 3 both. */
  video?: 0 | 1 | 2 | 3;
  /** 视频分辨率 — The height of the picture. */
  pixels?: "480" | "720" | "1280";
  /** 该请求的每一路最长振铃秒数（坐席自己的除外） — Seconds that each leg of the request may ring, the agent's own excepted. */
  max_ring_time?: number;
  /** 最长通话秒数 — Seconds to talk. */
  max_call_time?: number;
  /** 录音开始的时机：不录、对方振铃时、接通时 — When recording begins: never, while the far side rings, at the answer. */
  record_start?: "NONE" | "RING" | "ANSWER";
  /** true 录双方，false 只录坐席 — true: both directions; false: the agent's side only. */
  record_contact?: boolean;
  /** 双声道：左为客户，右为坐席 — Left the customer, right the agents. */
  is_stereo?: boolean;
  /** 录音文件的格式 — The format of the file. */
  record_suffix?: "mp3" | "wav" | "mp4";
  /** 话路的 uuid — The leg. */
  uuid: string;
  /** 1 盲转：客户听音乐；2 转接时坐席与客户继续通话；3 取消转接 — 1: the customer hears music meanwhile; 2: the two talk on meanwhile; 3: cancel. */
  type: "1" | "2" | "3";
  /** 转接目标：1 坐席，2 技能组，3 IVR，4 外线，5 满意度；取消时不看 — To: 1 an agent, 2 a skill, 3 an IVR, 4 outside, 5 a survey; not looked at in a cancel. */
  trans_type?: "1" | "2" | "3" | "4" | "5";
  /** 目标的标识或号码；满意度可不填，取消时不看 — The target's id or number; a survey needs none; not looked at in a cancel. */
  trans_number?: string;
}

export interface WaitingCaller {
  /** 主叫号码；不显示时为 anonymous — The caller's number; anonymous where it is withheld. */
  caller_number: string;
  /** 自何时起 — Since when. */
  since: string;
  /** 进入当前状态的时刻（Unix 毫秒） — Since when the status is so, in ms of Unix time. */
  since_ms: number;
}

/** whisper 成功的应答 — The successful reply to whisper. */
export interface WhisperReply {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "whisper";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
  /** 班长自己的话路 — The supervisor's own leg. */
  uuid: string;
  /** 与一位客户的接触的标识，各方、转接、排队、重启前后都相同 — The same for all who are in contact with one customer, through transfers, queues and restarts. */
  contact_id?: string;
}

/** 耳语：班长听到通话，只有坐席听到班长 — The supervisor hears an agent's call, and only the agent hears the supervisor. */
export interface WhisperRequest {
  /** 消息类型 — Which message this is. */
  msg_type: "whisper";
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机；不填即坐席自己的分机 — The agent's extension; absent, it is the agent's own. */
  ext_id?: string;
  /** 客户端所在的系统，只用于显示 — The client's system, for display only. */
  os?: string;
  /** 签入时得到的令牌；填写时必须属于该坐席，否则返回 4009 — The one that checkin gave. Where it is sent it must be the agent's, else 4009. */
  token?: string;
  /** 被操作的坐席 — The agent that the act is upon. */
  operated_agent_id: string;
  /** 被操作坐席的分机 — That agent's extension. */
  operated_ext_id: string;
}

/** wrap_up 成功的应答 — The successful reply to wrap_up. */
export interface WrapUpReply {
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 请求的消息类型，原样返回（ping 返回 pong）；读不出时为空 — The request's own, as it was sent (pong for a ping); "" where it could not be read. */
  msg_type: "wrap_up";
  /** 请求中的企业标识，读不出时为空 — The request's company; "" where it could not be read. */
  company_code: string;
  /** 请求中的坐席标识，读不出时为空 — The request's agent; "" where it could not be read. */
  agent_id: string;
  /** 结果码，"0" 为成功 — The outcome; "0" is success. */
  code: "0";
  /** 结果的说明文字 — The outcome in words. */
  msg: string;
}

/** 记录通话结果和备注；同一通话再次提交则替换 — Notes what came of the agent's call. A second one of the same call replaces the first. */
export interface WrapUpRequest {
  /** 消息类型 — Which message this is. */
  msg_type: "wrap_up";
  /** 请求的唯一标识，由客户端生成；应答和由它引起的推送带回同一值 — Identifies the request; made by the client. Its reply and the pushes that it causes repeat it. */
  req_id: string;
  /** 企业标识 — The company. */
  company_code: string;
  /** 坐席标识 — The agent. */
  agent_id: string;
  /** 坐席的分机；不填即坐席自己的分机 — The agent's extension; absent, it is the agent's own. */
  ext_id?: string;
  /** 客户端所在的系统，只用于显示 — The client's system, for display only. */
  os?: string;
  /** 签入时得到的令牌；填写时必须属于该坐席，否则返回 4009 — The one that checkin gave. Where it is sent it must be the agent's, else 4009. */
  token?: string;
  /** 坐席当前或上一通话的任一话路 — Any leg of the agent's present call, or of its last. */
  uuid: string;
  /** 通话结果；须是企业的选项之一 — What came of the call, one of the company's. */
  disposition?: string;
  /** 备注 — What the agent notes. */
  notes?: string;
}

/** Each request, by its msg_type. 各请求 */
export interface Requests {
  answer: AnswerRequest;
  call: CallRequest;
  change_media: ChangeMediaRequest;
  change_status: ChangeStatusRequest;
  checkin: CheckinRequest;
  checkout: CheckoutRequest;
  consult: ConsultRequest;
  consult_to_trans: ConsultToTransRequest;
  directory: DirectoryRequest;
  dtmf: DtmfRequest;
  eavesdrop: EavesdropRequest;
  force_call: ForceCallRequest;
  get_status: GetStatusRequest;
  get_token: GetTokenRequest;
  hangup: HangupRequest;
  hold: HoldRequest;
  interrupt_call: InterruptCallRequest;
  mute: MuteRequest;
  ping: PingRequest;
  play_record: PlayRecord;
  play_record_control: PlayRecordControl;
  preview_out_call: PreviewOutCallRequest;
  record_control: RecordControlRequest;
  substitute: SubstituteRequest;
  team_status: TeamStatusRequest;
  three_way: ThreeWayRequest;
  toggle_service_mode: ToggleServiceModeRequest;
  trans: TransRequest;
  whisper: WhisperRequest;
  wrap_up: WrapUpRequest;
}

/** What answers each request. 各请求的应答 */
export interface Replies {
  answer: AnswerReply | Refusal;
  call: CallReply | Refusal;
  change_media: ChangeMediaReply | Refusal;
  change_status: ChangeStatusReply | ChangeStatusRefusal;
  checkin: CheckinReply | Refusal;
  checkout: CheckoutReply | Refusal;
  consult: ConsultReply | Refusal;
  consult_to_trans: ConsultToTransReply | Refusal;
  directory: DirectoryReply | Refusal;
  dtmf: DtmfReply | Refusal;
  eavesdrop: EavesdropReply | Refusal;
  force_call: ForceCallReply | Refusal;
  get_status: GetStatusReply | Refusal;
  get_token: GetTokenReply | Refusal;
  hangup: HangupReply | Refusal;
  hold: HoldReply | HoldRefusal;
  interrupt_call: InterruptCallReply | Refusal;
  mute: MuteReply | MuteRefusal;
  ping: PingReply | Refusal;
  play_record: PlayRecordReply | Refusal;
  play_record_control: PlayRecordControlReply | Refusal;
  preview_out_call: PreviewOutCallReply | Refusal;
  record_control: RecordControlReply | Refusal;
  substitute: SubstituteReply | Refusal;
  team_status: TeamStatusReply | Refusal;
  three_way: ThreeWayReply | Refusal;
  toggle_service_mode: ToggleServiceModeReply | Refusal;
  trans: TransReply | Refusal;
  whisper: WhisperReply | Refusal;
  wrap_up: WrapUpReply | Refusal;
}

/** Each push, by its msg_type. 各推送 */
export interface Pushes {
  agent_change: AgentChange;
  callback: Callback;
  callin: Callin;
  connect: Connect;
  desk_change: AgentViewChange;
  directory_change: DirectoryChange;
  gap: Gap;
  kick_off: KickOff;
  team_change: TeamChange;
}

export type Request = Requests[keyof Requests];
export type Reply = Replies[keyof Replies];
export type Push = Pushes[keyof Pushes];
