// The entire public API of @hotcb/bridge.

export { readAnswer, readContact } from './read-contact.ts'
export { metricsRecord, PAGE, type RingRecord, readRing, recordBytes, SHAPE, skipRecord, textRecord } from './ring.ts'
export {
  type Answer,
  type ApplyMessage,
  type CallbackNews,
  type CallbackRequest,
  type CallbackSource,
  type Contact,
  type ContinueMessage,
  type Controlled,
  type ControllerMessage,
  type ControlMessage,
  type Done,
  MAX_LINE_BYTES,
  type Moves,
  type OpenMessage,
  type OwnCallback,
  type Polled,
  type PollMessage,
  type QueueMessage,
  type Refused,
  type RemoteControl,
  type RemoteEnv,
  type RemoteMetrics,
  type Request,
  type Setting,
  type TakeoverMessage,
  WIRE_VERSION,
} from './wire.ts'
