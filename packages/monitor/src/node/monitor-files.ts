import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { openAppender, readDocument, readLines, replaceDocument } from '@hotcb/journal'
import { isObject, type JsonObject, parseJson } from '@hotcb/protocol'
import { readActRequest } from '../audit.ts'
import type { ChatLine, InboxMessage } from '../types.ts'

/** A monitor's files. Files that HyperHerd also has use the same names. */
export interface MonitorPaths {
  readonly sign: string
  readonly state: string
  readonly log: string
  readonly inbox: string
  readonly chat: string
  readonly plan: string
  readonly spend: string
  /** The user's instructions, in the workspace itself. */
  readonly prompt: string
}

export function monitorPaths(root: string, state: string): MonitorPaths {
  return {
    sign: join(state, 'monitor.json'),
    state: join(state, 'monitor-state.json'),
    log: join(state, 'agent_log.jsonl'),
    inbox: join(state, 'inbox.jsonl'),
    chat: join(state, 'chat-history.jsonl'),
    plan: join(state, 'MONITOR_PLAN.md'),
    spend: join(state, 'spend.jsonl'),
    prompt: join(root, 'PROMPT.md'),
  }
}

/** Appends one line and flushes it to disk. @throws Error if that fails. */
export function appendLine(path: string, line: object): void {
  const appender = openAppender(path)
  try {
    const trouble = appender.append(`${JSON.stringify(line)}\n`) ?? appender.sync()
    if (trouble !== null) throw new Error(`\`${path}\` cannot be written: ${trouble.message}`)
  } finally {
    appender.close()
  }
}

/** Returns the objects in a JSON Lines file, in order; damaged lines are left out. */
export function objectsIn(path: string): readonly JsonObject[] {
  if (!existsSync(path)) return []
  return [...readLines(path)].flatMap(({ text }) => {
    const parsed = parseJson(text)
    // It was parsed from JSON.
    return parsed.ok && isObject(parsed.value) ? [parsed.value as JsonObject] : []
  })
}

/** Adds a message for the next tick. */
export function addToInbox(stateDir: string, message: InboxMessage): void {
  mkdirSync(stateDir, { recursive: true })
  const { isOperator, ...line } = message
  appendLine(join(stateDir, 'inbox.jsonl'), { ...line, operator: isOperator })
}

/** Returns all messages that have ever arrived, by number. */
export function readInbox({ inbox }: MonitorPaths): readonly InboxMessage[] {
  return objectsIn(inbox).map((line) => {
    const proposal = readActRequest(line['proposal'])
    return {
      timestamp: textOf(line['timestamp']),
      source: textOf(line['source']),
      author: textOf(line['author']),
      text: textOf(line['text']),
      // HyperHerd has no operators: anyone who can write this file is treated as an operator.
      isOperator: line['operator'] !== false,
      ...(proposal !== undefined && { proposal }),
    }
  })
}

const CHAT_SHOWN = 6

export function addToChat({ chat }: MonitorPaths, line: ChatLine): void {
  appendLine(chat, line)
}

/** Returns the latest messages, oldest first. */
export function readChat({ chat }: MonitorPaths, most: number = CHAT_SHOWN): readonly ChatLine[] {
  return objectsIn(chat)
    .slice(-most)
    .map((line) => ({
      timestamp: textOf(line['timestamp']),
      role: line['role'] === 'agent' ? 'agent' : 'user',
      author: textOf(line['author']),
      via: textOf(line['via']),
      text: textOf(line['text']),
    }))
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function readPlan({ plan }: MonitorPaths): string {
  return readDocument(plan)?.text ?? ''
}

export function writePlan({ plan }: MonitorPaths, text: string): void {
  replaceDocument(plan, text.endsWith('\n') ? text : `${text}\n`)
}

/** Returns the content of PROMPT.md; null if there is none. */
export function readUserPrompt({ prompt }: MonitorPaths): string | null {
  return readDocument(prompt)?.text ?? null
}
