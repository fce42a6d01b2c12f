// The complete public API of @hotcb/runtimectl: controls from parts, for any host.
export type { Ack, AckStatus } from './ack.ts'
export type { ControlCollective } from './collective.ts'
export { createCommand, type Enqueued, formatQueueCommand, type QueueCommand } from './command.ts'
export type { ControlOptions, Register, Registered, ValidateCall, ValidateValue } from './control.ts'
export { type Controls, type ControlsOptions, createControls, type PollOptions } from './controls.ts'
export type { CommandQueue, ControlsPorts, QueueBatch, QueueLine, RegistryDocument } from './ports.ts'
export type { RegisteredPath } from './registry-document.ts'
export type { SchemaResult, StandardSchema, StandardSchemaIssue } from './standard-schema.ts'
