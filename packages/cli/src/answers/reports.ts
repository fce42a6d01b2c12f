import { facts, maybe, means, object, type Shape, text, texts, whole } from './shapes.ts'

/** The codes of errors. Later versions may have more. */
export const ERROR_CODES: Readonly<Record<string, string>> = {
  usage: 'the command line is invalid; nothing was written',
  refused: 'the command line is valid, but the command cannot be carried out',
  no_directory: 'there is no such run directory',
  no_run: 'the directory is not a run',
  not_a_directory: 'it is a file',
  newer_protocol: 'the run was written by a newer hotcb',
  foreign_kernel: "the run's kernel does not support this",
  bad_argument: 'a value that is not valid in any command',
  bad_command: 'the kernel would reject the command',
  unfit: 'a control would not accept the value',
  not_written: 'a file cannot be written',
  held: 'another program is already watching the run',
  full: 'the disk is full',
  unknown: 'there is no control, metric, trial or command with this name',
  several_runs: 'several runs are alive, and the command does not name one',
  unanswered: 'a scheduler or a trainer did not answer',
  failed: 'an unexpected error, such as a failing disk',
}

/** An error, on standard error. */
export const errorShape: Shape = object({
  error: means(text, 'what is wrong, the value, and what would be right'),
  code: means(text, 'one of the codes below'),
  exit_code: whole,
  hint: means(maybe(text), 'what to type instead'),
  problems: means(maybe(texts), 'if there is more than one'),
  facts: means(maybe(facts), 'the names and values in the message, such as `run_dir`, `key`, `near`, `min`'),
})

/** A note, on standard error. */
export const noteShape: Shape = object({ note: text })
