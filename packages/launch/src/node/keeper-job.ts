import type { JsonObject, RunDocument } from '@hotcb/protocol'

/** The job of a keeper. */
export interface KeeperJob {
  /** Absolute. */
  readonly dir: string
  /** The program that trains, and its arguments. */
  readonly argv: readonly string[]
  /** Added to the environment of the keeper. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** The options of the launch, as they are written in files. */
  readonly options: JsonObject
  /** Who started it. */
  readonly by: { readonly source: string; readonly author: string | null }
  readonly seed: number
  /** Seconds from the first step; null without a limit. */
  readonly maxTimeSeconds: number | null
  /** For a program that need not count steps itself; null: it counts. */
  readonly maxSteps: number | null
  readonly stopSeconds: number
  readonly killSeconds: number
  /** The run document, if the launcher has to write it. */
  readonly document: RunDocument | null
}

/** A message of a keeper to the program that started it. */
export type KeeperMessage =
  | { readonly kind: 'started'; readonly pid: number; readonly isAdopted: boolean }
  | { readonly kind: 'failed'; readonly code: 'held' | 'not-started'; readonly message: string }
