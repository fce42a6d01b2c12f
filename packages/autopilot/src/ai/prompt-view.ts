import type { ControlDescription } from '@hotcb/protocol'
import type { ActionRecord, AiMode, KeyMetric, Limits } from '../types.ts'
import type { AiMemory } from './memory.ts'
import type { Trends } from './trends.ts'

/** The input for a prompt. */
export interface PromptView {
  readonly mode: AiMode
  readonly step: number
  readonly total: number | null
  readonly stepSeconds: number | null
  readonly keyMetric: KeyMetric | null
  readonly controls: readonly ControlDescription[]
  readonly callbacks: readonly { readonly id: string; readonly enabled: boolean }[]
  readonly trends: Trends
  /** Conditions that became true since the last query. */
  readonly alerts: readonly string[]
  readonly actions: readonly ActionRecord[]
  readonly memory: AiMemory
  /** The tuner's beliefs, one per line. */
  readonly beliefs: readonly string[]
  /** The limits under which the model's changes are judged. */
  readonly limits: Limits
  readonly canLoad: boolean
  /** The remaining budget, in words. */
  readonly budget: string
  readonly share: 'full' | 'ids_only'
}
