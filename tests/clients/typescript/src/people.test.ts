// Looker's own TypeScript client, unchanged, over the people operations of a local Looker.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Looker40SDK } from '@looker/sdk'
import { ABSENT, ADMIN, ADMIN_OF, INVALID, NOWHERE, OPEN, type Call, type Ids } from './calls.js'
import { clientOf, clientOfNobody, person } from './looker.js'

const ada = clientOf('Ada')

async function idsOf(admin: Looker40SDK): Promise<Ids> {
  const first = <T extends { id?: string }>(found: T[]): string => {
    const id = found[0]?.id
    assert.ok(id)
    return id
  }
  const attributes = await admin.ok(admin.all_user_attributes({}))
  return {
    user: person('Wim').id,
    group: first(await admin.ok(admin.search_groups({ name: 'West' }))),
    role: first(await admin.ok(admin.search_roles({ name: 'Developer' }))),
    attribute: first(attributes.filter((attribute) => attribute.name === 'limit')),
    permissionSet: first(await admin.ok(admin.search_permission_sets({ name: 'Build' }))),
    modelSet: first(await admin.ok(admin.search_model_sets({ name: 'Air' }))),
  }
}

async function answerOf(call: Call, sdk: Looker40SDK, ids: Ids): Promise<{ ok: boolean; text: string }> {
  const answer = await call(sdk, ids)
  const said = answer.ok ? answer.value : ((answer.error as { message?: string })?.message ?? answer.error)
  return { ok: answer.ok, text: typeof said === 'string' ? said : JSON.stringify(said) }
}

async function refused(calls: Record<string, Call>, sdk: Looker40SDK, ids: Ids, reason: string): Promise<void> {
  for (const [name, call] of Object.entries(calls)) {
    const answer = await answerOf(call, sdk, ids)
    assert.equal(answer.ok, false, `${name} was allowed`)
    assert.ok(answer.text.includes(reason), `${name}: ${answer.text}`)
  }
}

async function allowed(calls: Record<string, Call>, sdk: Looker40SDK, ids: Ids): Promise<void> {
  for (const [name, call] of Object.entries(calls)) {
    const answer = await answerOf(call, sdk, ids)
    assert.ok(answer.ok, `${name}: ${answer.text}`)
  }
}

test('nobody without a token gets anything', async () => {
  const ids = await idsOf(ada)
  await refused({ ...OPEN, ...ADMIN, ...ADMIN_OF, ...ABSENT }, clientOfNobody(), ids, 'Requires authentication.')
})

test('what is for admins is forbidden to others', async () => {
  const ids = await idsOf(ada)
  const eve = clientOf('Eve')
  await refused({ ...ADMIN, ...ADMIN_OF, ...ABSENT }, eve, ids, 'Forbidden')
  await allowed(OPEN, eve, ids)
})

test('an id that does not exist is not found', async () => {
  await refused({ ...ADMIN_OF, ...ABSENT }, ada, NOWHERE, 'Not found')
  await refused(ABSENT, ada, await idsOf(ada), 'Not found')
})

test('what does not fit fails validation', async () => {
  await refused(INVALID, ada, await idsOf(ada), 'Validation Failed')
})

test('a hidden value is null, for admins too', async () => {
  const values = await ada.ok(ada.user_attribute_user_values({ user_id: person('Eve').id }))
  const handle = values.find((value) => value.name === 'handle')
  assert.deepEqual([handle?.value, handle?.value_is_hidden, handle?.source], [null, true, 'user'])
})

test('an admin acts as somebody else, and logs out', async () => {
  const sdk = clientOf('Ada')
  const session = sdk.authSession
  await session.login() // first as itself: the client forgets whom to become while it has no token of its own
  await session.login(person('Eve').id)
  assert.equal((await sdk.ok(sdk.me())).first_name, 'Eve')
  await session.logout()
  assert.equal((await sdk.ok(sdk.me())).first_name, 'Ada')
})

test('a bad key does not log in', async () => {
  const answer = await clientOfNobody().login({ client_id: 'nobody', client_secret: 'nothing' })
  assert.equal(answer.ok, false)
})

test('an admin may do all of it', async () => {
  const ids = await idsOf(ada)
  await allowed({ ...OPEN, ...ADMIN }, ada, ids)
  const { delete_role, delete_permission_set, delete_model_set, ...rest } = ADMIN_OF
  assert.ok(delete_role && delete_permission_set && delete_model_set)
  await allowed(rest, ada, ids)
  const role = (await ada.ok(ada.search_roles({ name: 'New' })))[0]?.id ?? ''
  await allowed({ delete_role }, ada, { ...ids, role })
  const permissionSet = (await ada.ok(ada.create_permission_set({ name: 'Unused' }))).id ?? ''
  const modelSet = (await ada.ok(ada.create_model_set({ name: 'Unused' }))).id ?? ''
  await allowed({ delete_permission_set, delete_model_set }, ada, { ...ids, permissionSet, modelSet })
})
