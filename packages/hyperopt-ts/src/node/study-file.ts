import { readFileSync } from 'node:fs'
import { isRecord, type StudyEvent } from '../event.ts'
import { eventProblem } from '../event-check.ts'
import { fromOptuna } from '../optuna/read.ts'
import { randomSampler } from '../random-sampler.ts'
import { memoryStorage } from '../storage.ts'
import { createStudy, type Study } from '../study.ts'
import { parseStudyDocument, type StudyDocument } from '../study-document.ts'
import { StudyError } from '../study-error.ts'

/**
 * The study in a file: a journal of this library, its JSON, or a journal or JSON of Optuna's. The file is only read.
 *
 * @throws StudyError `bad-document` for anything else; Error of `node:fs`.
 */
export function readStudyFile(path: string, options: { readonly name?: string } = {}): Study {
  const text = readFileSync(path, 'utf8')
  const first = parse(text.slice(0, text.indexOf('\n') < 0 ? undefined : text.indexOf('\n')))
  if (isRecord(first) && 'op_code' in first) return studyOf(fromOptuna(text, options).document)
  if (isRecord(first) && 'kind' in first) return replayed(text, path)
  const whole = parse(text)
  if (whole === undefined)
    throw new StudyError('bad-document', `\`${path}\` contains no study: it is neither a journal nor JSON`)
  // Only Optuna's has directions in place of one.
  const isOptuna = isRecord(whole) && !('version' in whole) && 'directions' in whole
  return studyOf(isOptuna ? fromOptuna(text, options).document : parseStudyDocument(whole))
}

function studyOf(document: StudyDocument): Study {
  const { space, direction, directions = [direction] } = document
  const study = createStudy({ space, directions, sampler: randomSampler() })
  study.import(document)
  return study
}

function replayed(text: string, path: string): Study {
  const storage = memoryStorage()
  let named: (StudyEvent & { kind: 'study' }) | undefined
  for (const line of text.split('\n')) {
    const data = parse(line)
    if (data === undefined || eventProblem(data) !== undefined) continue
    const event = data as StudyEvent // `eventProblem` has found nothing wrong with it.
    if (event.kind === 'study') named = event
    storage.append(event)
  }
  if (named === undefined)
    throw new StudyError('bad-document', `\`${path}\` contains no study: no line names its space`)
  const { space, direction, directions = [direction] } = named
  return createStudy({ space, directions, sampler: randomSampler(), storage })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
