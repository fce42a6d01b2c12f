import type { Json, JsonObject } from '@hotcb/protocol'
import { type Ack, type CallResult, createAck, formatAck, OWN_ARGUMENTS } from './ack.ts'
import type { AnsweredCommands } from './answered-commands.ts'
import type { Intake } from './intake.ts'
import { perform } from './perform.ts'
import type { ControlsPorts } from './ports.ts'
import type { Ranks } from './ranks.ts'
import type { Registry } from './registry.ts'
import type { PendingAck } from './snapshot.ts'
import { keyOf, type Task } from './task.ts'

/** Executes the tasks of a queue, one after another. */
export interface Tasks<Context> {
  /** Returns the next task to execute; null if there is none now. */
  next(): Task | null
  /** Executes a task on all ranks, and adds its ack. */
  take(task: Task, ctx: Context): Ack
  /**
   * Returns the ack of the current task, for a snapshot that its control takes during execution; null if there is none.
   */
  running(): PendingAck | null
}

interface TasksParts<Context> {
  readonly intake: Intake
  readonly answered: AnsweredCommands
  readonly registry: Registry<Context>
  readonly ranks: Ranks<Context> | null
  readonly ports: ControlsPorts
  note(message: string): void
}

export function createTasks<Context>(parts: TasksParts<Context>): Tasks<Context> {
  const { intake, answered: standing, registry, ranks, ports, note } = parts
  let running: Task | null = null

  function doTask(task: Task, ctx: Context): CallResult {
    running = task
    try {
      return ranks === null ? perform(registry, task, ctx) : ranks.lead(task, ctx)
    } finally {
      running = null
    }
  }

  return {
    next() {
      let task = intake.next()
      while (task?.again && isLeftOut(task, registry)) task = intake.next()
      return task
    },
    take(task, ctx) {
      const result = doTask(task, ctx)
      const ack = createAck(task.command, ports.wallTime(), result)
      if (task.again && result.status !== 'applied') note(`${ack.path} could not be re-applied: ${result.error}`)
      standing.answer(task, ack)
      return ack
    },
    running() {
      if (running === null || running.again) return null
      return { id: keyOf(running.command), line: lineOf(running, ports.wallTime()) }
    },
  }
}

function isLeftOut<Context>({ command: { path } }: Task, registry: Registry<Context>): boolean {
  return typeof path === 'string' && registry.get(path)?.again === false
}

/**
 * Formats the ack of a command whose control takes a snapshot while it runs. It assumes that the command is applied, because otherwise the
 * snapshot is not used.
 */
function lineOf({ command }: Task, ts: number): string {
  // The ack has the requested arguments, because the validator's result is not known here.
  const call = { args: command.args as readonly Json[], kwargs: command.kwargs as JsonObject }
  return formatAck({ ...createAck(command, ts, { status: 'applied', call }), note: OWN_ARGUMENTS }, command)
}
