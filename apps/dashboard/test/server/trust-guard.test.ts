import { expect, test } from 'vitest'
import type { Admission } from '../../src/server/credentials.ts'
import { type Asked, createGuard, type GuardOptions, judgeRole } from '../../src/server/trust.ts'

const HOST = {
  status: 421,
  code: 'forbidden_host',
  message:
    '`Host` does not contain a name of this server: open the printed address, or allow the proxy with `--allowed-origin`',
}
const ORIGIN = {
  status: 403,
  code: 'forbidden_origin',
  message: 'requests from pages on another origin are rejected; to allow a proxy, use `--allowed-origin`',
}
const SITE = { status: 403, code: 'forbidden_origin', message: 'requests from pages on another site are rejected' }
const NO_TOKEN = {
  status: 401,
  code: 'unauthorized',
  message: 'a token is needed: open the printed address, or send `Authorization: Bearer`',
}
const TOO_MANY = { status: 429, code: 'too_many', message: 'too many tokens tried; wait a minute' }
const OWNER = { user: null, role: 'owner' } as const
const ADA = { user: 'ada', role: 'operator' } as const

const options: GuardOptions = {
  host: '127.0.0.1',
  port: () => 8421,
  admission: undefined,
  allowedHosts: ['Proxy.Example'],
  allowedOrigins: ['https://hub.example.org', 'http://Other.example:81'],
  basePath: '/',
}

/** Tokens `good` and `cookie`; anything that begins with `wait` was tried too often. */
const admission: Admission = {
  byToken: (token: string) => (token === 'good' ? ADA : token.startsWith('wait') ? 'wait' : 'wrong'),
  byCookie: (cookie: string) => (cookie === 'c=1' ? ADA : cookie.startsWith('wait') ? 'wait' : 'wrong'),
} as Admission

function judge(headers: Asked['headers'], more: Partial<Asked> = {}, guard: Partial<GuardOptions> = {}): unknown {
  const asked = { path: '/api/runs', peer: '127.0.0.1', right: 'read' as const, ...more }
  const verdict = createGuard({ ...options, ...guard }).judge({
    ...asked,
    headers: { host: 'localhost:8421', ...headers },
  })
  return 'refusal' in verdict ? verdict.refusal : verdict.person
}

test.each([
  'localhost',
  'LOCALHOST:8421',
  '127.0.0.1:8421',
  '[::1]:8421',
  '[::1]',
  'proxy.example',
  'PROXY.example:9',
  'hub.example.org',
  'HUB.example.org',
  'other.example:81',
  'other.example',
])('a request to the host %s may proceed', (host) => {
  expect(judge({ host })).toEqual(OWNER)
})

test.each([
  '',
  'evil.example',
  'localhost:8422',
  'localhost:80',
  '127.0.0.1:1',
  '[::1]:1',
  '[::2]',
  'localhost:',
  'localhost:842100',
  'localhost:8421x',
  'xlocalhost',
  'localhost/x',
  'a@localhost',
  '@localhost:8421',
  'other.example:82:1',
  'hub.example.org:8421:1',
])('a request to the host "%s" is refused', (host) => {
  expect(judge({ host })).toEqual(HOST)
})

test('a request without a host is refused, and so is one with a wrong host and an allowed origin', () => {
  expect(judge({ host: undefined })).toEqual(HOST)
  expect(judge({ host: 'evil.example', origin: 'https://hub.example.org' })).toEqual(HOST)
})

test('a page from this server or from a configured proxy may send requests; other pages may not', () => {
  const host = 'localhost:8421'
  for (const origin of [`http://${host}`, `https://${host}`, 'https://hub.example.org'])
    expect([origin, judge({ host, origin, 'sec-fetch-site': 'cross-site' })]).toEqual([origin, OWNER])
  for (const origin of ['null', '', 'http://localhost', 'http://hub.example.org', `xhttp://${host}`, `ftp://${host}`])
    expect([origin, judge({ host, origin })]).toEqual([origin, ORIGIN])
  expect(judge({ origin: 'null' }, { path: '/' })).toEqual(ORIGIN)
})

test('another site may link to the page, and may not read the API', () => {
  const from = (site: string, path: string) => judge({ 'sec-fetch-site': site }, { path })
  expect(from('cross-site', '/api/runs')).toEqual(SITE)
  expect(from('same-site', '/api/runs')).toEqual(SITE)
  expect(from('cross-site', '/run/a')).toEqual(OWNER)
  expect(from('same-origin', '/api/runs')).toEqual(OWNER)
  expect(from('none', '/api/runs')).toEqual(OWNER)
})

test('a token or a cookie identifies a person, and a valid one of the two is enough', () => {
  const cookie = 'a=b; hotcb_session_8421 = c=1 ; d=e'
  const as = (headers: Asked['headers']) => judge(headers, {}, { admission })
  expect(as({ authorization: 'Bearer good' })).toEqual(ADA)
  expect(as({ cookie })).toEqual(ADA)
  expect(as({ cookie, authorization: 'Bearer bad' })).toEqual(ADA)
  expect(as({ cookie, authorization: 'Bearer wait' })).toEqual(ADA)
  for (const authorization of ['Bearer bad', 'Bearer', 'Basic good', 'bearer good', ' Bearer good', 'good'])
    expect([authorization, as({ authorization })]).toEqual([authorization, NO_TOKEN])
  expect(as({})).toEqual(NO_TOKEN)
  expect(as({ cookie: 'hotcb_session_8422=c=1; hotcb_session_8421; x' })).toEqual(NO_TOKEN)
  expect(as({ authorization: 'Bearer wait' })).toEqual(TOO_MANY)
  expect(as({ authorization: 'Bearer wait', cookie: 'hotcb_session_8421=bad' })).toEqual(TOO_MANY)
  expect(as({ authorization: 'Bearer bad', cookie: 'hotcb_session_8421=wait' })).toEqual(TOO_MANY)
})

test('a route that is open needs no token, and a route may need a higher role', () => {
  const as = (right: Asked['right'], authorization = 'Bearer good') =>
    judge({ authorization }, { right }, { admission })
  expect(as('open', 'Bearer bad')).toEqual({ user: null, role: 'viewer' })
  expect(as('operate')).toEqual(ADA)
  expect(as('own', 'Bearer bad')).toEqual(NO_TOKEN)
  const forbidden = {
    status: 403,
    code: 'forbidden',
    message: "this requires the `owner` role, but this token's role is `operator`",
  }
  expect(as('own')).toEqual(forbidden)
  expect(judgeRole(ADA, 'own')).toEqual(forbidden)
  expect(judgeRole({ user: null, role: 'viewer' }, 'operate')).toEqual({
    ...forbidden,
    message: "this requires the `operator` role, but this token's role is `viewer`",
  })
  expect([judgeRole(ADA, 'operate'), judgeRole(ADA, 'read'), judgeRole(ADA, 'open')]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})

test('a token is exchanged for a cookie with the path of the proxy', () => {
  const guard = createGuard({ ...options, admission, basePath: '/proxy/' })
  expect(guard.openSession('good', 'peer')).toEqual({
    person: ADA,
    cookie: expect.stringMatching(
      /^hotcb_session_8421=[0-9a-f]{64}; Path=\/proxy\/; HttpOnly; SameSite=Strict; Max-Age=2592000$/,
    ),
  })
  expect(guard.openSession('bad', 'peer')).toEqual({ refusal: { ...NO_TOKEN, message: 'this token is not valid' } })
  expect(guard.openSession('wait', 'peer')).toEqual({ refusal: TOO_MANY })
  expect(createGuard(options).openSession('bad', 'peer')).toEqual({ person: OWNER, cookie: undefined })
})
