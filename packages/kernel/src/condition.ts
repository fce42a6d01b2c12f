/** The condition of a run: whether it is paused, stopped, taken over, closed. Only its own methods change it. */
export interface Condition {
  readonly paused: boolean
  readonly stopped: boolean
  /** A newer kernel owns the run directory: nothing more is written. */
  readonly superseded: boolean
  readonly closed: boolean
  /** Why the recipe cannot be followed: live commands do not pass, and `apply` returns stop. */
  readonly recipeTrouble: string | null
  /** The problems that a strict replay will throw at close. */
  readonly replayProblems: readonly string[]
  /** Whether the log and the state document report that the ledger is lost. */
  readonly isLossTold: boolean
  /** The command that last accepted the ledger. */
  readonly acceptedCid: string | null
  /** Whether the ledger records that other ranks cannot be reached. */
  readonly isRanksLost: boolean
  /** Aborts when a command stops the run. */
  readonly signal: AbortSignal
  /** False if it is already paused. */
  pause(): boolean
  /** False if it is not paused. */
  resume(): boolean
  stop(reason: string): void
  /** Marks the pause as logged. False if it already was: a host may leave a pause and come back to it. */
  takePauseNote(): boolean
  supersede(): void
  close(): void
  /** Records that the recipe cannot be followed, or (null) that it can. */
  judgeRecipe(trouble: string | null): void
  /** A strict replay was not followed exactly. */
  addReplayProblem(problem: string): void
  /** The other ranks cannot be reached, so a pause could not be ended. False if that was already known. */
  loseRanks(): boolean
  /** The ledger is lost. False if that was already known. */
  loseLedger(): boolean
  /** A command requests that the lost ledger is accepted as it is. */
  acceptLedgerFor(cid: string): void
  /** The ledger is accepted. */
  recoverLedger(): void
}

type Writable<Fields> = { -readonly [Key in keyof Fields]: Fields[Key] }

/** @param paused Whether the run begins paused. */
export function createCondition(paused = false): Condition {
  const abort = new AbortController()
  const problems: string[] = []
  let isPauseTold = false

  const condition: Writable<Condition> = {
    paused,
    stopped: false,
    superseded: false,
    closed: false,
    recipeTrouble: null,
    replayProblems: problems,
    isLossTold: false,
    acceptedCid: null,
    isRanksLost: false,
    signal: abort.signal,
    pause: () => setPaused(true),
    resume: () => setPaused(false),
    takePauseNote() {
      const isNew = !isPauseTold
      isPauseTold = true
      return isNew
    },
    stop(reason) {
      condition.stopped = true
      condition.paused = false
      abort.abort(reason)
    },
    supersede() {
      condition.superseded = true
    },
    close() {
      condition.closed = true
    },
    judgeRecipe(trouble) {
      condition.recipeTrouble = trouble
      if (trouble !== null) problems.push(trouble)
    },
    addReplayProblem: (problem) => void problems.push(problem),
    loseRanks() {
      if (condition.isRanksLost) return false
      condition.isRanksLost = true
      condition.paused = false
      return true
    },
    loseLedger() {
      if (condition.isLossTold) return false
      condition.isLossTold = true
      condition.acceptedCid = null
      return true
    },
    acceptLedgerFor(cid) {
      condition.acceptedCid = cid
    },
    recoverLedger() {
      condition.isLossTold = false
    },
  }

  function setPaused(paused: boolean): boolean {
    if (condition.paused === paused) return false
    isPauseTold = false
    condition.paused = paused
    return true
  }
  return condition
}
