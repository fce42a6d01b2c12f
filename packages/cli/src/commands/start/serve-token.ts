import { refusal, usageError } from '@hotcb/commands'
import { messageOf } from '@hotcb/protocol'
import type { CliContext, TokenFiles } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'

const ACTIONS = ['add', 'list', 'remove'] as const
const ROLES = ['viewer', 'operator', 'owner'] as const

/** `hotcb serve token add ada --role operator --tokens team.json`. */
export const serveTokenCommand: CliCommand = cliCommand({
  args: {
    action: {
      type: 'positional',
      valueHint: 'ACTION',
      options: ACTIONS,
      meanings: { add: 'make one', list: 'whom they name', remove: 'end one' },
      description: '`add`, `list` or `remove`.',
    },
    name: { type: 'positional', required: false, valueHint: 'NAME', description: 'Whom the token names.' },
    role: {
      type: 'enum',
      options: ROLES,
      meanings: { viewer: 'sees', operator: 'changes runs', owner: 'also loads code and freezes' },
      description: 'What that person may do. `add` needs it.',
    },
    tokens: { type: 'string', valueHint: 'FILE', isNamed: true, description: 'The file (`HOTCB_TOKENS`).' },
  },
  about: [
    'A viewer sees every run. An operator also changes runs. An owner also loads code into a trainer, and freezes runs.',
    'The token is printed once; the file keeps only a hash. A name has one token: adding it again ends the one before. A server that runs with the file sees each change within a second.',
  ],
  examples: [
    {
      type: 'hotcb serve token add ada --role operator --tokens team.json',
      does: 'make a token; the file too, if needed',
    },
    { type: 'hotcb serve token list --tokens team.json', does: 'who has one' },
    { type: 'hotcb serve token remove ada --tokens team.json', does: 'end it' },
  ],
  async run({ action, name, role, tokens: given }, context) {
    const path = given ?? context.env['HOTCB_TOKENS']
    if (path === undefined || path === '') throw usageError('`--tokens` is needed: the file that holds the tokens')
    if (context.ports.tokens === undefined) throw refusal('this program was built without the dashboard')
    const files = await context.ports.tokens()
    if (action === 'list' && name !== undefined) throw usageError(`\`list\` takes no name, got "${name}"`)
    if (action === 'list') return list(context, files, path)
    if (name === undefined) throw usageError(`\`${action}\` needs a name: \`hotcb serve token ${action} NAME\``)
    if (action === 'remove') return remove(context, files, path, name)
    if (role === undefined) throw usageError(`\`add\` needs \`--role\`: ${ROLES.join(', ')}`)
    return add(context, files, path, name, role)
  },
})

function add({ terminal, json }: CliContext, files: TokenFiles, path: string, user: string, role: string): ExitCode {
  const { token, isReplaced } = asked(() => files.addToken(path, user, role))
  if (json) terminal.json({ user, role, token, replaced: isReplaced })
  else {
    terminal.out(token)
    terminal.err(`this is shown once; \`${user}\` opens the dashboard's address with \`#token=\` and this behind it`)
    if (isReplaced) terminal.err(`the token that \`${user}\` had before no longer counts`)
  }
  return EXIT.done
}

function list({ terminal, json }: CliContext, files: TokenFiles, path: string): ExitCode {
  const tokens = asked(() => files.listTokens(path))
  if (json) terminal.json({ tokens })
  else for (const { user, role, made } of tokens) terminal.out(`${user}  ${role}  ${made}`)
  return EXIT.done
}

function remove({ terminal, json }: CliContext, files: TokenFiles, path: string, user: string): ExitCode {
  asked(() => files.removeToken(path, user))
  if (json) terminal.json({ user, removed: true })
  else terminal.out(`\`${user}\` has no token any more`)
  return EXIT.done
}

function asked<Value>(task: () => Value): Value {
  try {
    return task()
  } catch (error) {
    throw refusal(messageOf(error))
  }
}
