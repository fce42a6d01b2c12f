import { processState } from '@hotcb/journal'
import { messageOf } from '@hotcb/protocol'
import type { Run } from '@hotcb/run/node'
import type { ProcessStory } from '../process-log.ts'
import type { Events } from './events.ts'
import { followProcess } from './follow-process.ts'
import { askKeeper } from './keeper.ts'
import type { KeeperJob } from './keeper-job.ts'
import { endOfRun, type LaunchEnd } from './launch-end.ts'
import { openNews } from './news.ts'
import { startKeeper } from './start-keeper.ts'

/** A training run whose keeper is in a different process, as seen from this process. */
export interface WatchedTraining {
  readonly pid: number | null
  readonly isRunning: boolean
  readonly ended: Promise<LaunchEnd>
  /**
   * Asks the keeper to stop the training.
   * @throws LaunchError `held` if it is on a different machine and no kernel is running.
   */
  stop(): Promise<void>
  /** Stops watching. */
  close(): void
}

const LOOK_MS = 200
const KEEPER_LOOKS = 10

/** Follows a run's log, ledger and metrics, and pushes new content as events. */
export function watchTraining(run: Run, job: KeeperJob, events: Events): WatchedTraining {
  const process_ = followProcess(run)
  const news = openNews(run, events)
  let story = process_.read()
  news.skip(story)
  let isOver = false
  let looks = 0
  let finish: (end: LaunchEnd) => void = () => undefined
  const ended = new Promise<LaunchEnd>((resolve) => {
    finish = resolve
  })

  async function look(): Promise<void> {
    story = process_.read()
    news.tell(story)
    if (story.ended === null && ++looks % KEEPER_LOOKS === 0) await mindKeeper()
    if (story.ended !== null) over()
  }

  /** Replaces a keeper that was killed while the training is running. If both have ended, the exit code is unknown. */
  async function mindKeeper(): Promise<void> {
    if (process_.keeper() !== null) return
    story = process_.read()
    if (story.ended !== null) return
    if (!runs(story)) return over()
    await startKeeper({ ...job, env: { ...job.env, HOTCB_RESUME: '1' } })
    events.push({ kind: 'note', text: "the training's keeper had been killed and was started again" })
  }

  function over(): void {
    if (isOver) return
    isOver = true
    clearInterval(timer)
    news.tell(story)
    const end = endOfRun(run, story.ended)
    events.push({ kind: 'ended', end })
    close()
    finish(end)
  }

  function close(): void {
    clearInterval(timer)
    process_.close()
    news.close()
  }

  let isLooking = false
  const timer = setInterval(() => {
    if (isLooking || isOver) return
    isLooking = true
    look()
      .catch((error: unknown) => events.push({ kind: 'note', text: messageOf(error) }))
      .finally(() => {
        isLooking = false
      })
  }, LOOK_MS)

  return {
    get pid() {
      return isOver ? null : (story.trainer?.pid ?? null)
    },
    get isRunning() {
      return !isOver && story.ended === null
    },
    ended,
    async stop() {
      if (isOver) return
      await mindKeeper()
      const keeper = process_.keeper()
      if (keeper !== null) askKeeper(run, keeper)
    },
    close,
  }
}

function runs({ trainer }: ProcessStory): boolean {
  return trainer !== null && processState(trainer.pid, trainer.start) === 'running'
}
