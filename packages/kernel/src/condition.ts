/** The condition of a run: paused, stopped, taken over by a newer kernel, or closed. Only its own methods change it. */
export interface Condition {
  readonly paused: boolean
  readonly stopped: boolean
  /** Whether a newer kernel owns the run directory. If so, nothing more is written. */
  readonly superseded: boolean
  readonly closed: boolean
  /**
   * Why the recipe cannot be followed; null if it can. If it is set, live commands are rejected and `apply` returns
   * `stop`.
   */
  readonly recipeTrouble: string | null
  /** The problems that a strict replay will throw at close. */
  readonly replayProblems: readonly string[]
  /** Whether the loss of the ledger has been reported in the log and in the state document. */
  readonly isLossTold: boolean
  /** The `cid` of the command that last accepted a lost ledger. */
  readonly acceptedCid: string | null
  /** Whether the loss of the other ranks has been recorded in the ledger. */
  readonly isRanksLost: boolean
  /** Aborts when a command stops the run. */
  readonly signal: AbortSignal
  /** Pauses the run. False if it is already paused. */
  pause(): boolean
  /** Resumes the run. False if it is not paused. */
  resume(): boolean
  stop(reason: string): void
  /**
   * Marks the pause as logged. False if it was already logged, which happens when a host interrupts the wait and later
   * continues it.
   */
  takePauseNote(): boolean
  supersede(): void
  close(): void
  /** Records why the recipe cannot be followed; null means that it can. */
  judgeRecipe(trouble: string | null): void
  /** Records a place where a strict replay deviated from its recipe. */
  addReplayProblem(problem: string): void
  /**
   * Records that the other ranks cannot be reached. Also ends a pause, because nothing could end it later. False if it
   * was already known.
   */
  loseRanks(): boolean
  /** Records that the ledger is lost. False if that was already known. */
  loseLedger(): boolean
  /** Records that this command accepts the lost ledger as it is. */
  acceptLedgerFor(cid: string): void
  /** Records that the ledger was accepted. */
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
