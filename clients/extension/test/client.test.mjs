import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LookgateProblem, createLookgate } from '../dist/index.js'

const BASE = 'https://gateway.example.com'

/** An extension SDK that records what it was asked, and answers or rejects as told. */
function sdk(answer) {
  const calls = []
  return {
    calls,
    createSecretKeyTag: (key) => `{{project_app_${key}}}`,
    serverProxy: async (resource, init, responseBodyType) => {
      calls.push({ resource, init, responseBodyType })
      if (answer instanceof Error || typeof answer === 'string') throw answer
      return answer
    },
  }
}

const ok = (body) => ({ ok: true, status: 200, headers: {}, body })
const problem = (status, body) => ({ ok: false, status, headers: {}, body })

async function refusal(answer, options = {}) {
  const error = await createLookgate(sdk(answer), { baseUrl: BASE, ...options }).call('add_note', {}).then(
    () => assert.fail('the call was not refused'),
    (reason) => reason,
  )
  assert.ok(error instanceof LookgateProblem)
  assert.ok(error instanceof Error)
  return error
}

test('a call posts JSON to the action, with the tag of the handle and never a value', async () => {
  const fake = sdk(ok('{"id": 7}'))
  const output = await createLookgate(fake, { baseUrl: `${BASE}/` }).call('add_note', { subject: 'UA' })
  assert.deepEqual(output, { id: 7 })
  assert.deepEqual(fake.calls, [
    {
      resource: `${BASE}/actions/add_note`,
      init: {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-lookgate-handle': '{{project_app_lookgate_handle}}' },
        body: '{"subject":"UA"}',
      },
      responseBodyType: 'text',
    },
  ])
})

test('the attribute of the handle can have another name', async () => {
  const fake = sdk(ok('{}'))
  await createLookgate(fake, { baseUrl: BASE, handleTag: 'me' }).call('whoami', {})
  assert.equal(fake.calls[0].init.headers['x-lookgate-handle'], '{{project_app_me}}')
})

test('an API key is presented instead of the handle, never beside it', async () => {
  const fake = sdk(ok('{}'))
  await createLookgate(fake, { baseUrl: BASE, apiKeyTag: 'api_key' }).call('whoami', {})
  assert.deepEqual(fake.calls[0].init.headers, {
    'content-type': 'application/json',
    'x-api-key': '{{project_app_api_key}}',
  })
})

test('a token that is kept fresh in Looker is presented as a bearer token, by its tag alone', async () => {
  const fake = sdk(ok('{}'))
  await createLookgate(fake, { baseUrl: BASE, bearerTag: 'board_token' }).call('departures', {})
  assert.deepEqual(fake.calls[0].init.headers, {
    'content-type': 'application/json',
    authorization: 'Bearer {{project_app_board_token}}',
  })
  assert.throws(() => createLookgate(fake, { baseUrl: BASE, bearerTag: 'x', transport: 'token' }), /leave out .*'bearerTag'/)
})

test('a claim is presented instead of the handle, and each call asks for a new one', async () => {
  const fake = sdk(ok('{}'))
  let number = 0
  const lookgate = createLookgate(fake, { baseUrl: BASE, claim: async () => `claim-${++number}` })
  await lookgate.call('whoami', {})
  await lookgate.call('whoami', {})
  assert.deepEqual(
    fake.calls.map((call) => call.init.headers),
    [1, 2].map((each) => ({ 'content-type': 'application/json', authorization: `Bearer claim-${each}` })),
  )
})

test('without a claim nothing is called, and the refusal says why there is none', async () => {
  for (const [claim, why] of [
    [async () => Promise.reject(new Error('Not found')), /signed no claim: Not found/],
    [async () => null, /gave no claim/],
    [async () => '', /gave no claim/],
  ]) {
    const fake = sdk(ok('{}'))
    await assert.rejects(createLookgate(fake, { baseUrl: BASE, claim }).call('whoami', {}), (error) => {
      assert.ok(error instanceof LookgateProblem)
      assert.equal(error.code, 'claim_not_signed')
      assert.match(error.detail, why)
      assert.match(error.hint, /lookgate keys list/)
      return true
    })
    assert.deepEqual(fake.calls, [])
  }
})

test('an anonymous call presents nothing', async () => {
  const fake = sdk(ok('{}'))
  await createLookgate(fake, { baseUrl: BASE, anonymous: true }).call('whoami', {})
  assert.deepEqual(Object.keys(fake.calls[0].init.headers), ['content-type'])
})

test('an action without input is sent an empty object', async () => {
  const fake = sdk(ok('{}'))
  await createLookgate(fake, { baseUrl: BASE }).call('whoami', undefined)
  assert.equal(fake.calls[0].init.body, '{}')
})

test("the name of an action cannot leave the path '/actions/'", async () => {
  const fake = sdk(ok('{}'))
  await createLookgate(fake, { baseUrl: BASE }).call('../metrics?x', {})
  assert.equal(fake.calls[0].resource, `${BASE}/actions/..%2Fmetrics%3Fx`)
})

test('an answer that Looker has parsed already is taken as it is', async () => {
  assert.deepEqual(await createLookgate(sdk(ok({ id: 7 })), { baseUrl: BASE }).call('whoami', {}), { id: 7 })
})

test('a problem of the gateway keeps every member', async () => {
  const body = JSON.stringify({
    type: 'urn:lookgate:problem:subject_unknown',
    title: 'Subject unknown',
    status: 422,
    detail: "No airline 'XX'.",
    instance: 'urn:request:r-1',
    code: 'subject_unknown',
    hint: 'Use a code.',
    pointer: '/subject',
  })
  const { code, title, detail, hint, pointer, status, requestId, message, name } = await refusal(problem(422, body))
  assert.deepEqual(
    { code, title, detail, hint, pointer, status, requestId, message, name },
    {
      code: 'subject_unknown',
      title: 'Subject unknown',
      detail: "No airline 'XX'.",
      hint: 'Use a code.',
      pointer: '/subject',
      status: 422,
      requestId: 'r-1',
      message: "No airline 'XX'.",
      name: 'LookgateProblem',
    },
  )
})

test('a problem without hint and pointer has empty ones', async () => {
  const error = await refusal(problem(503, { code: 'looker_down', detail: 'Looker does not answer.' }))
  assert.deepEqual([error.title, error.hint, error.pointer, error.requestId], ['Looker down', '', '', ''])
})

for (const body of ['<html>Bad gateway</html>', '', '[]', 'null', '{"message":"no"}', undefined]) {
  test(`an error that is not Lookgate's is told apart: ${JSON.stringify(body)}`, async () => {
    const error = await refusal(problem(502, body))
    assert.equal(error.code, 'http_502')
    assert.equal(error.status, 502)
    assert.match(error.hint, /baseUrl/)
  })
}

test('a success that is not JSON is a problem, not an answer', async () => {
  assert.equal((await refusal(ok('<html>Sign in</html>'))).code, 'answer_malformed')
})

const rejections = [
  [`Extension not entitled to access external url ${BASE}/actions/x`, 'not_entitled', /external_api_urls/],
  [`not entitled to access external url ${BASE}`, 'not_entitled', /"https:\/\/gateway\.example\.com"/],
  ['Extension not entitled to access external secret a_b for x', 'secret_not_allowed', /allow-list/],
  ['Entitlements must be defined for the extension', 'no_entitlements', /manifest\.lkml/],
  ['Required Looker version >=26', 'looker_too_old', /upgrade/],
  ['Timeout', 'timeout', /30 seconds/],
  [`${BASE} did not answer within 30 seconds.`, 'timeout', /30 seconds/],
  ['connection refused', 'unreachable', /https:\/\/gateway\.example\.com/],
]
for (const [said, code, hint] of rejections) {
  test(`Looker's "${said}" becomes ${code}, with the fix`, async () => {
    for (const reason of [said, new Error(said)]) {
      const error = await refusal(reason)
      assert.equal(error.code, code)
      assert.match(error.hint, hint)
      assert.equal(error.status, 0)
      assert.equal(error.cause, reason)
    }
  })
}

test('a base URL that is none is refused at once', () => {
  assert.throws(() => createLookgate(sdk(ok('{}')), { baseUrl: 'gateway' }), TypeError)
})
