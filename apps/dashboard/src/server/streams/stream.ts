import type { TailLine } from '@hotcb/journal'
import type { DocumentChannel, DocumentStreams, LineStreams, StreamChannel } from '../../shared/wire.ts'
import type { Client } from '../client.ts'
import type { RunRegistry } from '../run-registry.ts'

/** How lines relate to the client that receives them. */
export type Reading =
  /** The lines were just written and arrive in order, each once. */
  | 'new'
  /** The client is lagging: other clients have already received these lines. */
  | 'behind'
  /** The client has no cursor, so it receives its position and no lines. */
  | 'greeting'

/** Encodes lines for one client. `names`: only these metrics; undefined sends all. */
export type Encoded<Data> = (names: ReadonlySet<string> | undefined) => Data

/** A growing file. Clients follow it by cursor: no line is lost or sent twice. */
export interface LineStream<Data> {
  readonly kind: 'lines'
  /** Name of the file in the run directory. */
  readonly file: string
  /** Creates the encoder for one run's lines. It may keep state between calls. */
  open(options: EncoderOptions): (lines: readonly TailLine[], reading: Reading) => Encoded<Data>
}

export interface EncoderOptions {
  /** If one metric has more points than this, they are sent as buckets. */
  readonly livePoints: number
}

/** A document that is checked repeatedly. Clients receive the latest version when it has changed. */
export interface DocumentStream<Data> {
  readonly kind: 'document'
  /** Whether each run has its own document, or all runs share one. */
  readonly scope: 'run' | 'site'
  /** Returns the message for a new client only. Default: the message of `next`, which is sent to all clients. */
  first?(registry: RunRegistry): Promise<Data>
  /** Whether the document must be checked in this turn. Turns are numbered, and are 250 ms apart. */
  isDue(registry: RunRegistry, turn: number): boolean
  /**
   * Returns the current document for the clients that follow it; undefined if there is nothing to send, `gone` if the run does
   * not exist.
   */
  next(registry: RunRegistry, run: string, clients: Iterable<Client>): Promise<Data | undefined | 'gone'>
}

/** The type of the stream with that name. */
export type StreamOf<Name> = Name extends StreamChannel
  ? LineStream<LineStreams[Name]>
  : Name extends DocumentChannel
    ? DocumentStream<DocumentStreams[Name]>
    : never
