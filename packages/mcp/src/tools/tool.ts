import type * as v from 'valibot'
import type { McpPort, Right } from '../port.ts'

/** One tool: its arguments, and what it does with them. */
export interface Tool {
  readonly name: string
  readonly description: string
  /** The right that a client needs to see it; none for reading. */
  readonly right?: Right
  readonly args: v.GenericSchema<unknown, never> | Schema
  /** @throws Error with one line. */
  call(args: unknown, port: McpPort): Promise<string>
}

type Schema = v.ObjectSchema<v.ObjectEntries, undefined>

/** Creates a tool whose call receives its arguments with their types. */
export function createTool<const Entries extends v.ObjectEntries>(tool: {
  readonly name: string
  readonly description: string
  readonly right?: Right
  readonly args: v.ObjectSchema<Entries, undefined>
  call(args: v.InferOutput<v.ObjectSchema<Entries, undefined>>, port: McpPort): Promise<string>
}): Tool {
  // The server checks the arguments by this schema before it calls.
  return tool as unknown as Tool
}

/**
 * Runs a command line that checks something, and prints JSON also where it finds a problem.
 *
 * @throws Error with what the command printed to standard error, if it could not check.
 */
export async function check(port: McpPort, words: readonly string[]): Promise<string> {
  const { exitCode, output, errors } = await port.run([...words, '--json'])
  if (exitCode <= 1 && output.trim() !== '') return output.trim()
  throw new Error(errors.trim() || `exit code ${exitCode}`)
}

/**
 * Runs a command line that prints JSON.
 *
 * @throws Error with what the command printed to standard error, if it failed.
 */
export async function ask(port: McpPort, words: readonly string[]): Promise<string> {
  const { exitCode, output, errors } = await port.run([...words, '--json'])
  if (exitCode === 0) return output.trim() === '' ? 'done' : output.trim()
  throw new Error([output.trim(), errors.trim()].filter((text) => text !== '').join('\n') || `exit code ${exitCode}`)
}
