import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LookgateProblem, createLookgate } from '../dist/index.js'
import { Tokens } from '../dist/token.js'

const BASE = 'https://gateway.example.com'
const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ok = (body) => ({ ok: true, status: 200, headers: {}, body: JSON.stringify(body) })
const refused = (status, code) => ({ ok: false, status, headers: {}, body: JSON.stringify({ code, detail: code, hint: 'Do.' }) })

/** A gateway behind both proxies; each token has a number. `exchange` and `fetch` may answer in its place. */
function sdk({ exchange, fetch } = {}) {
  const calls = []
  let number = 0
  return {
    calls,
    createSecretKeyTag: (key) => `{{project_app_${key}}}`,
    serverProxy: async (resource, init) => {
      calls.push({ by: 'serverProxy', resource, init })
      return exchange?.(number) ?? ok({ access_token: `token-${++number}`, expires_in: 300 })
    },
    fetchProxy: async (resource, init) => {
      calls.push({ by: 'fetchProxy', resource, init })
      return fetch?.(init.headers.authorization) ?? ok({ id: 7 })
    },
  }
}

const client = (fake) => createLookgate(fake, { baseUrl: BASE, transport: 'token' })
const problemOf = (promise) =>
  promise.then(
    () => assert.fail('the call was not refused'),
    (reason) => {
      assert.ok(reason instanceof LookgateProblem)
      return reason
    },
  )

test('the first call exchanges the tag of the handle through Looker, the others go straight with the token', async () => {
  const fake = sdk()
  const lookgate = client(fake)
  assert.deepEqual(await lookgate.call('add_note', { subject: 'UA' }), { id: 7 })
  await lookgate.call('whoami', {})
  assert.deepEqual(
    fake.calls.map(({ by, resource, init }) => [by, resource, init.headers, init.body]),
    [
      [
        'serverProxy',
        `${BASE}/token`,
        { 'content-type': 'application/json', 'x-lookgate-handle': '{{project_app_lookgate_handle}}' },
        JSON.stringify({ grant_type: GRANT }),
      ],
      [
        'fetchProxy',
        `${BASE}/actions/add_note`,
        { 'content-type': 'application/json', authorization: 'Bearer token-1' },
        '{"subject":"UA"}',
      ],
      [
        'fetchProxy',
        `${BASE}/actions/whoami`,
        { 'content-type': 'application/json', authorization: 'Bearer token-1' },
        '{}',
      ],
    ],
  )
})

test('one claim is exchanged for a token, however many calls are made with it', async () => {
  const fake = sdk()
  let claims = 0
  const claim = async () => `claim-${++claims}`
  const lookgate = createLookgate(fake, { baseUrl: BASE, transport: 'token', claim })
  for (let each = 0; each < 3; each++) await lookgate.call('whoami', {})
  assert.equal(claims, 1)
  assert.deepEqual(
    fake.calls.map(({ by, init }) => [by, init.headers.authorization]),
    [['serverProxy', 'Bearer claim-1'], ...Array(3).fill(['fetchProxy', 'Bearer token-1'])],
  )
})

test('calls at the same time share one exchange', async () => {
  const fake = sdk()
  const lookgate = client(fake)
  await Promise.all([1, 2, 3, 4].map(() => lookgate.call('whoami', {})))
  assert.equal(fake.calls.filter(({ by }) => by === 'serverProxy').length, 1)
})

for (const code of ['token_expired', 'token_revoked', 'token_key_unknown']) {
  test(`a token that is refused as ${code} is replaced, and the call made once more`, async () => {
    const fake = sdk({ fetch: (sent) => (sent === 'Bearer token-1' ? refused(401, code) : undefined) })
    assert.deepEqual(await client(fake).call('whoami', {}), { id: 7 })
    assert.deepEqual(
      fake.calls.map(({ by }) => by),
      ['serverProxy', 'fetchProxy', 'serverProxy', 'fetchProxy'],
    )
  })

  test(`a new token that is refused as ${code} too is a problem, not a loop`, async () => {
    const fake = sdk({ fetch: () => refused(401, code) })
    assert.equal((await problemOf(client(fake).call('whoami', {}))).code, code)
    assert.equal(fake.calls.length, 4)
  })
}

test('a call that a policy refuses is made once, and its problem comes through', async () => {
  const fake = sdk({ fetch: () => refused(403, 'not_in_group') })
  assert.equal((await problemOf(client(fake).call('add_note', {}))).code, 'not_in_group')
  assert.equal(fake.calls.length, 2)
})

test('an exchange that is refused is a problem, and the next call tries again', async () => {
  let answers = 0
  const fake = sdk({ exchange: () => (answers++ === 0 ? refused(401, 'unknown_handle') : undefined) })
  const lookgate = client(fake)
  const problem = await problemOf(lookgate.call('whoami', {}))
  assert.deepEqual([problem.code, problem.hint], ['unknown_handle', 'Do.'])
  assert.deepEqual(await lookgate.call('whoami', {}), { id: 7 })
})

test('a gateway that exchanges nothing is named, with the setting that is missing', async () => {
  const problem = await problemOf(client(sdk({ exchange: () => refused(404, 'unknown_path') })).call('whoami', {}))
  assert.equal(problem.code, 'tokens_not_offered')
  assert.match(problem.hint, /\[tokens\]/)
})

test('a browser that cannot reach the gateway is told of web.origins', async () => {
  const fake = sdk()
  fake.fetchProxy = async () => Promise.reject('Failed to fetch')
  const problem = await problemOf(client(fake).call('whoami', {}))
  assert.equal(problem.code, 'unreachable')
  assert.match(problem.detail, /^The browser/)
  assert.match(problem.hint, /web\.origins/)
})

for (const answer of [{}, { access_token: '', expires_in: 9 }, { access_token: 'x' }, { access_token: 'x', expires_in: 0 }, null]) {
  test(`an exchange that answers ${JSON.stringify(answer)} is a problem`, async () => {
    const problem = await problemOf(client(sdk({ exchange: () => ok(answer) })).call('whoami', {}))
    assert.equal(problem.code, 'answer_malformed')
  })
}

test('only the handle is exchanged', () => {
  for (const other of [{ anonymous: true }, { apiKeyTag: 'api_key' }]) {
    assert.throws(() => createLookgate(sdk(), { baseUrl: BASE, transport: 'token', ...other }), TypeError)
  }
})

/** Tokens with a clock that the test moves, and exchanges that it answers. */
function renewals() {
  const waiting = []
  const clock = { now: 0 }
  const tokens = new Tokens(() => new Promise((resolve, reject) => waiting.push({ resolve, reject })), () => clock.now)
  const answer = (token) => waiting.shift().resolve({ access_token: token, expires_in: 300 })
  return { tokens, clock, waiting, answer }
}

test('a token is renewed before it ends, once, and nobody waits for it', async () => {
  const { tokens, clock, waiting, answer } = renewals()
  const first = tokens.get()
  answer('one')
  assert.equal(await first, 'one')
  clock.now = 209_000
  assert.equal(await tokens.get(), 'one')
  assert.equal(waiting.length, 0)
  clock.now = 211_000
  assert.deepEqual(await Promise.all([tokens.get(), tokens.get()]), ['one', 'one'])
  assert.equal(waiting.length, 1)
  answer('two')
  await new Promise(setImmediate)
  assert.equal(await tokens.get(), 'two')
})

test('a renewal that fails matters only once the token has ended', async () => {
  const { tokens, clock, waiting, answer } = renewals()
  const first = tokens.get()
  answer('one')
  await first
  clock.now = 250_000
  assert.equal(await tokens.get(), 'one')
  waiting.shift().reject(new Error('down'))
  await new Promise(setImmediate)
  assert.equal(await tokens.get(), 'one')
  clock.now = 300_000
  const late = tokens.get()
  waiting.shift().reject(new Error('still down'))
  await assert.rejects(late, /still down/)
})

test('a refused token is not forgotten once a newer one has taken its place', async () => {
  const { tokens, clock, waiting, answer } = renewals()
  const first = tokens.get()
  answer('one')
  await first
  clock.now = 300_000
  const second = tokens.get()
  answer('two')
  await second
  tokens.forget('one')
  assert.equal(await tokens.get(), 'two')
  assert.equal(waiting.length, 0)
})
