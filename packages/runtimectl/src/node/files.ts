/** The files of a queue directory. */
export const queueFiles = {
  commands: 'commands.jsonl',
  acks: 'acks.jsonl',
  registry: 'registry.json',
} as const
