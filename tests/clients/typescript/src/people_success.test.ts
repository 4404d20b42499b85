// Looker's own TypeScript client, unchanged: what the table of people calls does not reach with success.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientOf, person } from './looker.js'

const ada = clientOf('Ada')
const named = (found: { id?: string | undefined; name?: string | null | undefined }[], name: string): string => {
  const id = found.find((thing) => thing.name === name)?.id
  assert.ok(id, name)
  return id
}

test('single people, groups, roles and attributes are read', async () => {
  const eve = person('Eve').id
  assert.equal((await ada.ok(ada.user(eve))).first_name, 'Eve')
  const east = named(await ada.ok(ada.all_groups({})), 'East')
  assert.equal((await ada.ok(ada.group(east))).name, 'East')
  const viewer = named(await ada.ok(ada.all_roles({})), 'Viewer')
  assert.equal((await ada.ok(ada.role(viewer))).name, 'Viewer')
  const carrier = named(await ada.ok(ada.all_user_attributes({})), 'carrier')
  assert.equal((await ada.ok(ada.user_attribute(carrier))).label, 'Carrier')
})

test('a group holds another until it is taken out', async () => {
  const outer = (await ada.ok(ada.create_group({ name: 'Outer' }))).id ?? ''
  const east = named(await ada.ok(ada.all_groups({})), 'East')
  await ada.ok(ada.add_group_group(outer, { group_id: east }))
  assert.deepEqual((await ada.ok(ada.all_group_groups(outer))).map((group) => group.id), [east])
  await ada.ok(ada.delete_group_from_group(outer, east))
  assert.deepEqual(await ada.ok(ada.all_group_groups(outer)), [])
})

test('credentials of every kind are read and taken away', async () => {
  const dan = person('Dan').id
  assert.equal((await ada.ok(ada.user_for_credential('embed', 'ext-dan'))).id, dan)
  const made = await ada.ok(ada.create_user_credentials_api3(dan))
  assert.ok(made.id && made.client_secret)
  assert.equal((await ada.ok(ada.user_credentials_api3(dan, made.id))).client_id, made.client_id)
  assert.equal((await ada.ok(ada.update_user_credentials_api3(dan, made.id, { purpose: 'nightly' }))).purpose, 'nightly')
  await ada.ok(ada.delete_user_credentials_api3(dan, made.id))
  const embedded = (await ada.ok(ada.all_user_credentials_embeds(dan)))[0]?.id ?? ''
  assert.equal((await ada.ok(ada.user_credentials_embed(dan, embedded))).external_user_id, 'ext-dan')
  await ada.ok(ada.delete_user_credentials_embed(dan, embedded))
  assert.ok((await ada.ok(ada.wipeout_user_emails(dan, { email: 'dan2@air.example' }))).email)
  assert.equal((await ada.ok(ada.user_credentials_google(dan))).google_user_id, 'g1')
  assert.equal((await ada.ok(ada.user_credentials_saml(dan))).saml_user_id, 's1')
  assert.equal((await ada.ok(ada.user_credentials_oidc(dan))).oidc_user_id, 'o1')
  assert.equal((await ada.ok(ada.user_credentials_ldap(dan))).ldap_id, 'l1')
  assert.equal((await ada.ok(ada.user_credentials_looker_openid(dan))).email, 'dan2@air.example')
  await ada.ok(ada.delete_user_credentials_google(dan))
  await ada.ok(ada.delete_user_credentials_saml(dan))
  await ada.ok(ada.delete_user_credentials_oidc(dan))
  await ada.ok(ada.delete_user_credentials_ldap(dan))
  await ada.ok(ada.delete_user_credentials_looker_openid(dan))
})

test('the session of a browser is seen and ended', async () => {
  const eve = person('Eve').id
  const shown = (await ada.ok(ada.all_user_sessions(eve)))[0]?.id ?? ''
  assert.equal((await ada.ok(ada.user_session(eve, shown))).id, shown)
  await ada.ok(ada.delete_user_session(eve, shown))
  assert.deepEqual(await ada.ok(ada.all_user_sessions(eve)), [])
})

test('tokens are given to keys and to admins, and taken back', async () => {
  const sdk = clientOf('Ada')
  const { client_id, client_secret } = person('Eve')
  const token = await sdk.ok(sdk.login({ client_id, client_secret }))
  assert.equal(token.token_type, 'Bearer')
  assert.equal((await sdk.ok(sdk.login_user(person('Eve').id))).expires_in, 3600)
  await sdk.ok(sdk.logout())
})
