import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Appender, errnoOf, openAppender } from '@hotcb/journal'
import { messageOf, runFiles } from '@hotcb/protocol'
import type { LineSink, SinkFailure } from '../sink.ts'

/**
 * Creates the sink for a run's `hotcb.metrics.jsonl`. The file and the directory are created when the first line is written.
 *
 * @param runDir Default: the kernel's run directory.
 */
export function metricsFile(runDir?: string): LineSink {
  return lineFile(runDir, runFiles.metrics)
}

/** Creates the sink for a run's `hotcb.features.jsonl` in the same way. */
export function featuresFile(runDir?: string): LineSink {
  return lineFile(runDir, runFiles.features)
}

/**
 * Creates a sink that appends to one file. If the file cannot be created, the sink tries again later, as it does after
 * a full disk.
 */
function lineFile(runDir: string | undefined, name: string): LineSink {
  let directory = runDir
  let appender: Appender | undefined
  let unopened = ''
  const write = (text: string): SinkFailure | null => {
    if (appender !== undefined) return text === '' ? appender.flush() : appender.append(text)
    unopened += text
    if (unopened === '') return null
    try {
      appender = open(directory, name)
    } catch (error) {
      return failureOf(error)
    }
    const first = unopened
    unopened = ''
    return appender.append(first)
  }
  return {
    attach: (kernelRunDir) => {
      directory ??= kernelRunDir
    },
    append: write,
    flush: () => write(''),
    sync: () => appender?.sync() ?? null,
    close: () => appender?.close(),
  }
}

function open(runDir: string | undefined, name: string): Appender {
  if (runDir === undefined)
    throw new TypeError(`\`${name}\` has no run directory: pass one, or use a kernel that has one`)
  const path = join(runDir, name)
  mkdirSync(dirname(path), { recursive: true })
  return openAppender(path)
}

function failureOf(error: unknown): SinkFailure {
  return { code: errnoOf(error) || 'EINVAL', message: messageOf(error) }
}
