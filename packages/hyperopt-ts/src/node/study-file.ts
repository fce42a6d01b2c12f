import { readFileSync } from 'node:fs'
import { isRecord, type StudyEvent } from '../event.ts'
import { eventProblem } from '../event-check.ts'
import { fromOptuna } from '../optuna/read.ts'
import { randomSampler } from '../random-sampler.ts'
import { memoryStorage } from '../storage.ts'
import { createStudy, type Study } from '../study.ts'
import { parseStudyDocument, type StudyDocument } from '../study-document.ts'
import { StudyError } from '../study-error.ts'

/** A study that was read from a file. */
export interface StudyFromFile {
  readonly study: Study
  /** The numbers of the journal lines that are not events, counted from 1. */
  readonly skipped: readonly number[]
}

/**
 * Reads the study in a file: a journal or JSON document from this library, or from Optuna. The file is not changed.
 *
 * @throws StudyError `bad-document` for anything else; errors from `node:fs`.
 */
export function readStudyFile(path: string, options: { readonly name?: string } = {}): StudyFromFile {
  const text = readFileSync(path, 'utf8')
  const first = parse(text.slice(0, text.indexOf('\n') < 0 ? undefined : text.indexOf('\n')))
  if (isRecord(first) && 'op_code' in first) return { study: studyOf(fromOptuna(text, options).document), skipped: [] }
  if (isRecord(first) && 'kind' in first) return replayed(text, path)
  const whole = parse(text)
  if (whole === undefined)
    throw new StudyError('bad-document', `\`${path}\` contains no study: it is neither a journal nor JSON`)
  // Only Optuna's JSON has `directions` instead of `direction`.
  const isOptuna = isRecord(whole) && !('version' in whole) && 'directions' in whole
  return { study: studyOf(isOptuna ? fromOptuna(text, options).document : parseStudyDocument(whole)), skipped: [] }
}

function studyOf(document: StudyDocument): Study {
  const { space, direction, directions = [direction] } = document
  const study = createStudy({ space, directions, sampler: randomSampler() })
  study.import(document)
  return study
}

function replayed(text: string, path: string): StudyFromFile {
  const storage = memoryStorage()
  let named: (StudyEvent & { kind: 'study' }) | undefined
  const skipped: number[] = []
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const data = parse(line)
    if (data === undefined || eventProblem(data) !== undefined) {
      skipped.push(i + 1)
      continue
    }
    const event = data as StudyEvent // `eventProblem` has found nothing wrong with it.
    if (event.kind === 'study') named = event
    storage.append(event)
  }
  if (named === undefined)
    throw new StudyError('bad-document', `\`${path}\` contains no study: no line names its space`)
  const { space, direction, directions = [direction] } = named
  return { study: createStudy({ space, directions, sampler: randomSampler(), storage }), skipped }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
