import type { TailLine } from '@hotcb/journal'
import type { DocumentChannel, DocumentStreams, LineStreams, StreamChannel } from '../../shared/wire.ts'
import type { Client } from '../client.ts'
import type { RunRegistry } from '../run-registry.ts'

/** How lines relate to the client that they are sent to. */
export type Reading =
  /** They were written just now, and come in order; each line comes once. */
  | 'new'
  /** The client is behind: these were read before. */
  | 'behind'
  /** A client without a cursor receives its position: no lines. */
  | 'greeting'

/** Turns lines into what one client is sent of them. `names`: only these metrics, all when undefined. */
export type Encoded<Data> = (names: ReadonlySet<string> | undefined) => Data

/** A file that grows. Clients follow it by cursor: nothing is lost, and nothing comes twice. */
export interface LineStream<Data> {
  readonly kind: 'lines'
  /** Name of the file in the run directory. */
  readonly file: string
  /** Begins to encode the lines of one run. The encoder may remember what it has seen. */
  open(options: EncoderOptions): (lines: readonly TailLine[], reading: Reading) => Encoded<Data>
}

export interface EncoderOptions {
  /** More points of one metric than this are sent as buckets. */
  readonly livePoints: number
}

/** A document that is checked repeatedly. Clients receive the newest one when it has changed. */
export interface DocumentStream<Data> {
  readonly kind: 'document'
  /** Whether each run has its own, or all runs have one together. */
  readonly scope: 'run' | 'site'
  /** The messages that only a new client receives. Default: `next`, sent to all followers. */
  first?(registry: RunRegistry): Promise<Data>
  /** Whether it is checked in this turn; turns are 250 ms apart, and numbered. */
  isDue(registry: RunRegistry, turn: number): boolean
  /** The document now, for the clients that follow it; undefined if there is nothing to send, `gone` if the run does not exist. */
  next(registry: RunRegistry, run: string, clients: Iterable<Client>): Promise<Data | undefined | 'gone'>
}

/** How a stream of that name is followed. */
export type StreamOf<Name> = Name extends StreamChannel
  ? LineStream<LineStreams[Name]>
  : Name extends DocumentChannel
    ? DocumentStream<DocumentStreams[Name]>
    : never
