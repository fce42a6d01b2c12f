import type { RecipeEntry } from '@hotcb/protocol'
import { type Agenda, createAgenda, type HistoryEntry } from '@hotcb/recipe'
import { type Ask, isSave } from './ask.ts'

/** A checkpoint to save at the end of this safe point. */
export interface AskedSave {
  readonly ask: Ask
  readonly tag: string
}

/** The work that is still pending. Only its own methods change it. */
export interface Queues {
  /** Changes from earlier attempts that will be re-applied at their places. */
  readonly history: Agenda<HistoryEntry>
  /** Commands that are waiting for the step in their `at`. */
  readonly held: Agenda<Ask>
  /** The recipe that is followed in the replay modes. */
  readonly recipe: Agenda<RecipeEntry>
  /** Requests that modules or the trainer made since the last safe point. */
  readonly submitted: readonly Ask[]
  readonly saves: readonly AskedSave[]
  /**
   * Tags of the checkpoints saved at this step. Their number of calls is updated if there is another call in that step.
   */
  readonly savedTags: readonly string[]
  /** The step at which the next entry of history, recipe or held commands is due; Infinity if there is none. */
  readonly nextStep: number
  submit(...asks: readonly Ask[]): void
  takeSubmitted(): readonly Ask[]
  /** Removes and returns the submitted checkpoint requests, and leaves the other requests. */
  takeSubmittedSaves(): readonly Ask[]
  /** Removes and returns the held or submitted request with this `cid`. */
  withdraw(cid: string): Ask | undefined
  addSave(save: AskedSave): void
  takeSaves(): readonly AskedSave[]
  addSavedTag(tag: string): void
  forgetSavedTag(tag: string): void
  /** Called when the loop has moved to another step. */
  forgetSavedTags(): void
}

type Writable<Fields> = { -readonly [Key in keyof Fields]: Fields[Key] }

export function createQueues(): Queues {
  const history = createAgenda<HistoryEntry>()
  const held = createAgenda<Ask>()
  const recipe = createAgenda<RecipeEntry>()
  let submitted: Ask[] = []

  const queues: Writable<Queues> = {
    history,
    held,
    recipe,
    submitted,
    saves: NO_SAVES,
    savedTags: NO_TAGS,
    get nextStep() {
      return Math.min(history.nextStep, held.nextStep, recipe.nextStep)
    },
    submit(...asks) {
      submitted.push(...asks)
    },
    takeSubmitted() {
      const taken = submitted
      setSubmitted([])
      return taken
    },
    takeSubmittedSaves() {
      const taken = submitted.filter(isSave)
      if (taken.length > 0) setSubmitted(submitted.filter((ask) => !isSave(ask)))
      return taken
    },
    withdraw(cid) {
      const [waiting] = held.remove((ask) => ask.cid === cid)
      const found = waiting?.item ?? submitted.find((ask) => ask.cid === cid)
      if (found !== undefined) setSubmitted(submitted.filter((ask) => ask !== found))
      return found
    },
    addSave(save) {
      queues.saves = [...queues.saves, save]
    },
    takeSaves() {
      const taken = queues.saves
      queues.saves = NO_SAVES
      return taken
    },
    addSavedTag(tag) {
      queues.savedTags = [...queues.savedTags, tag]
    },
    forgetSavedTag(tag) {
      queues.savedTags = queues.savedTags.filter((one) => one !== tag)
    },
    forgetSavedTags() {
      queues.savedTags = NO_TAGS
    },
  }

  function setSubmitted(asks: Ask[]): void {
    submitted = asks
    queues.submitted = asks
  }
  return queues
}

const NO_SAVES: readonly AskedSave[] = Object.freeze([])
const NO_TAGS: readonly string[] = Object.freeze([])
