import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { TokenFiles } from '../../src/context.ts'
import { type HereOptions, runHere } from '../here.ts'
import { MARKS } from '../marked-terminal.ts'
import { transcript } from '../transcript.ts'

/** Returns the output that a user sees for lines of `hotcb serve …`. */
function told(lines: readonly string[], options: HereOptions = {}): Promise<string> {
  return transcript((line) => runHere(['serve', ...line.split(' ')], { terminal: MARKS, ...options }), lines)
}

test('serve token adds, lists and removes people', async () => {
  const calls: unknown[] = []
  const files: TokenFiles = {
    addToken: (...args) => {
      calls.push(['add', ...args])
      return { token: 'abc', isReplaced: args[1] === 'ada' }
    },
    listTokens: (path) => {
      calls.push(['list', path])
      return [{ user: 'ada', role: 'owner', made: '2026-01-01' }]
    },
    removeToken: (path, user) => {
      calls.push(['remove', path, user])
      if (user === 'bob') throw new Error('there is no token of bob')
    },
  }
  const around = { ports: { tokens: () => Promise.resolve(files) }, env: { HOTCB_TOKENS: 'env.json' } }
  const lines = [
    'add ada --role owner',
    'add eve --role viewer --json --tokens t.json',
    'list',
    'list --json',
    'remove ada',
    'remove ada --json',
    'remove bob',
  ]
  const wrong = ['list ada', 'add', 'remove', 'add ada', 'add ada --role boss']
  expect(
    await told(
      [...lines, ...wrong].map((line) => `token ${line}`),
      around,
    ),
  ).toMatchInlineSnapshot(`
    "
    $ token add ada --role owner
    abc
    ! this token is shown only once; \`ada\` can open the dashboard's address with \`#token=\` and the token appended
    ! the previous token of \`ada\` is revoked
    $ token add eve --role viewer --json --tokens t.json
    {"user":"eve","role":"viewer","token":"abc","replaced":false}
    $ token list
    ada  owner  2026-01-01
    $ token list --json
    {"tokens":[{"user":"ada","role":"owner","made":"2026-01-01"}]}
    $ token remove ada
    the token of \`ada\` is revoked
    $ token remove ada --json
    {"user":"ada","removed":true}
    $ token remove bob
    ! <red>hotcb:</red> there is no token of bob
    = 1
    $ token list ada
    ! <red>hotcb:</red> \`list\` does not accept a name, got "ada"
    = 2
    $ token add
    ! <red>hotcb:</red> \`add\` needs a name: \`hotcb serve token add NAME\`
    = 2
    $ token remove
    ! <red>hotcb:</red> \`remove\` needs a name: \`hotcb serve token remove NAME\`
    = 2
    $ token add ada
    ! <red>hotcb:</red> \`add\` needs \`--role\`: viewer, operator, owner
    = 2
    $ token add ada --role boss
    ! <red>hotcb:</red> \`--role\` must be one of viewer, operator, owner, got "boss"
    = 2
    "
  `)
  expect(calls).toEqual([
    ['add', 'env.json', 'ada', 'owner'],
    ['add', 't.json', 'eve', 'viewer'],
    ['list', 'env.json'],
    ['list', 'env.json'],
    ['remove', 'env.json', 'ada'],
    ['remove', 'env.json', 'ada'],
    ['remove', 'env.json', 'bob'],
  ])
  expect(await told(['token list'], { ...around, env: { HOTCB_TOKENS: '' } })).toMatchInlineSnapshot(`
    "
    $ token list
    ! <red>hotcb:</red> \`--tokens\` is required: the file that contains the tokens
    = 2
    "
  `)
  expect(await told(['token list --tokens t.json'])).toMatchInlineSnapshot(`
    "
    $ token list --tokens t.json
    ! <red>hotcb:</red> this program was built without the dashboard; use \`npx hotcb serve token\`, which includes it
    = 1
    "
  `)
})

interface Answer {
  readonly status?: number
  readonly body: string
}

/** Starts a dashboard that answers each request with the result of this function. */
async function dashboard(answers: (request: IncomingMessage) => Answer): Promise<{ url: string; seen: string[] }> {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.authorization ?? 'no token'}`)
    const { status = 200, body } = answers(request)
    response.writeHead(status).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

const SESSIONS = [
  {
    id: '4f1c',
    user: 'ada',
    client: 'claude',
    peer: '::1',
    rights: ['control', 'sweep'],
    requests: 3,
    last: 1_767_268_800,
    revoked: false,
  },
  { id: '4f2d', user: null, peer: '10.0.0.1', rights: [], requests: 0, revoked: true },
  { id: 'a', peer: 'x', requests: 1 },
  { peer: 'without an id' },
  7,
]

test('serve agents lists the agents of a dashboard and revokes one', async () => {
  const { url, seen } = await dashboard(({ method }) => ({
    body: JSON.stringify(method === 'GET' ? { sessions: SESSIONS } : { revoked: '4f1c' }),
  }))
  const lines = ['list', 'revoke 4f1', 'revoke 4f1 --with-token --token t', 'revoke 4f', 'revoke b', 'revoke', 'list a']
  const text = await told(lines.map((line) => `agents ${line} --url ${url}/base/#token=abc`))
  expect(text.replaceAll(url, 'URL')).toMatchInlineSnapshot(`
    "
    $ agents list --url URL/base/#token=abc
    4f1c  ada  claude  ::1  read,control,sweep  3 requests, the last 2026-01-01T12:00:00.000Z
    4f2d  no name  unknown client  10.0.0.1  revoked  0 requests, the last -
    a  no name  unknown client  x  read  1 requests, the last -
    $ agents revoke 4f1 --url URL/base/#token=abc
    ada  claude  ::1 is revoked
    $ agents revoke 4f1 --with-token --token t --url URL/base/#token=abc
    ada  claude  ::1 and its token are revoked
    $ agents revoke 4f --url URL/base/#token=abc
    ! <red>hotcb:</red> "4f" matches 2 sessions; give more characters of the ID
    = 1
    $ agents revoke b --url URL/base/#token=abc
    ! <red>hotcb:</red> no session ID starts with "b"; list them with \`hotcb serve agents list\`
    = 1
    $ agents revoke --url URL/base/#token=abc
    ! <red>hotcb:</red> \`revoke\` needs an ID; list them with \`hotcb serve agents list\`
    = 2
    $ agents list a --url URL/base/#token=abc
    ! <red>hotcb:</red> \`list\` does not accept an ID, got "a"
    = 2
    "
  `)
  expect(seen).toMatchInlineSnapshot(`
    [
      "GET /base/api/mcp/sessions Bearer abc",
      "GET /base/api/mcp/sessions Bearer abc",
      "DELETE /base/api/mcp/sessions/4f1c Bearer abc",
      "GET /base/api/mcp/sessions Bearer t",
      "DELETE /base/api/mcp/sessions/4f1c?token=true Bearer t",
      "GET /base/api/mcp/sessions Bearer abc",
      "GET /base/api/mcp/sessions Bearer abc",
    ]
  `)
  const env = { HOTCB_TOKEN: 'env' }
  await runHere(['serve', 'agents', 'list', '--url', url], { env })
  expect(seen.at(-1)).toBe('GET /api/mcp/sessions Bearer env')
  await runHere(['serve', 'agents', 'list', '--url', url])
  expect(seen.at(-1)).toBe('GET /api/mcp/sessions no token')
})

const SESSION = {
  ...{ id: '4f1c', user: 'ada', client: 'claude', peer: '::1', rights: ['control'], requests: 3, last: 2, since: 1 },
  revoked: false,
}

test('serve agents prints JSON', async () => {
  const answers = (method: string | undefined): object =>
    method === 'GET' ? { sessions: [SESSION] } : { session: SESSION, token_revoked: true }
  const { url } = await dashboard(({ method }) => ({ body: JSON.stringify(answers(method)) }))
  const ask = (...words: readonly string[]) => runHere(['serve', 'agents', ...words, '--json', '--url', url])
  expect(JSON.parse((await ask('list')).out)).toEqual({ version: 1, sessions: [SESSION] })
  expect(JSON.parse((await ask('revoke', '4')).out)).toEqual({ session: SESSION, token_revoked: true })
})

test('a dashboard that answers with an error, or not at all, is reported', async () => {
  const answers: Answer[] = [
    { body: '{}' },
    { body: '{"sessions": 3}' },
    { status: 403, body: '{"error": {"message": "owners only"}}' },
    { status: 500, body: '{"error": 7}' },
    { status: 502, body: 'not json' },
  ]
  const said: unknown[] = []
  for (const answer of answers) {
    const { url } = await dashboard(() => answer)
    const { code, out, err } = await runHere(['serve', 'agents', 'list', '--url', url])
    said.push([code, `${out}${err}`.trimEnd()])
  }
  expect(said).toMatchInlineSnapshot(`
    [
      [
        0,
        "no agent has used this dashboard since it started",
      ],
      [
        0,
        "no agent has used this dashboard since it started",
      ],
      [
        1,
        "hotcb: owners only",
      ],
      [
        1,
        "hotcb: the dashboard answered 500",
      ],
      [
        1,
        "hotcb: the dashboard answered 502",
      ],
    ]
  `)
  expect(await told(['agents list --url ftp://a', 'agents list --url nowhere'])).toMatchInlineSnapshot(`
    "
    $ agents list --url ftp://a
    ! <red>hotcb:</red> --url must be an address such as http://127.0.0.1:8421, got "ftp://a"
    = 2
    $ agents list --url nowhere
    ! <red>hotcb:</red> --url must be an address such as http://127.0.0.1:8421, got "nowhere"
    = 2
    "
  `)
  const { err } = await runHere(['serve', 'agents', 'list', '--url', 'http://127.0.0.1:1'])
  expect(err).toMatchInlineSnapshot(`
    "hotcb: the dashboard at http://127.0.0.1:1 does not answer: fetch failed; use \`--url\` to choose a different one
    "
  `)
})
