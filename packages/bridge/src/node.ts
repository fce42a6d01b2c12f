// The entire public API of @hotcb/bridge/node.

export { openPage, type Page } from './node/page.ts'
export { createSession, type Session, type SessionPorts } from './node/session.ts'
