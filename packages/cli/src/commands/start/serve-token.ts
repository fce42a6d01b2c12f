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
      meanings: { add: 'create a token', list: 'list the people', remove: 'revoke a token' },
      description: '`add`, `list` or `remove`.',
    },
    name: {
      type: 'positional',
      required: false,
      valueHint: 'NAME',
      description: 'The person that the token identifies.',
    },
    role: {
      type: 'enum',
      options: ROLES,
      meanings: { viewer: 'sees runs', operator: 'changes runs', owner: 'also loads code and freezes' },
      description: "That person's permissions. Required for `add`.",
    },
    tokens: { type: 'string', valueHint: 'FILE', isNamed: true, description: 'The token file (`HOTCB_TOKENS`).' },
  },
  about: [
    'A viewer can see every run. An operator can also change runs. An owner can also load code into a trainer and freeze runs.',
    'The token is printed once; the file stores only a hash. Each name has one token: adding a name again revokes its previous token. A running server picks up changes to the file within a second.',
  ],
  examples: [
    {
      type: 'hotcb serve token add ada --role operator --tokens team.json',
      does: 'create a token, and the file if needed',
    },
    { type: 'hotcb serve token list --tokens team.json', does: 'list who has a token' },
    { type: 'hotcb serve token remove ada --tokens team.json', does: 'revoke it' },
  ],
  async run({ action, name, role, tokens: given }, context) {
    const path = given ?? context.env['HOTCB_TOKENS']
    if (path === undefined || path === '') throw usageError('`--tokens` is required: the file that contains the tokens')
    if (context.ports.tokens === undefined)
      throw refusal('this program was built without the dashboard', 'use `npx hotcb serve token`, which includes it')
    const files = await context.ports.tokens()
    if (action === 'list' && name !== undefined) throw usageError(`\`list\` does not accept a name, got "${name}"`)
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
    terminal.err(
      `this token is shown only once; \`${user}\` can open the dashboard's address with \`#token=\` and the token appended`,
    )
    if (isReplaced) terminal.err(`the previous token of \`${user}\` is revoked`)
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
  else terminal.out(`the token of \`${user}\` is revoked`)
  return EXIT.done
}

function asked<Value>(task: () => Value): Value {
  try {
    return task()
  } catch (error) {
    throw refusal(messageOf(error))
  }
}
