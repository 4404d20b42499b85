// Looker's own TypeScript client, unchanged: who is refused what, over every operation that is not about people.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Looker40SDK } from '@looker/sdk'
import { type Call, FORBIDDEN, INVALID, NOTHING, OF_A_THING, OTHERS, type Things, UNSEEN } from './content_calls.js'
import { clientOf, clientOfNobody, person } from './looker.js'

const ada = clientOf('Ada')
const text = (value: unknown): string => {
  assert.ok(typeof value === 'string' && value, String(value))
  return value
}

async function things(sdk: Looker40SDK): Promise<Things> {
  const query = text((await sdk.ok(sdk.create_query({ model: 'air', view: 'flights', fields: ['flights.count'] }))).id)
  const board = await sdk.ok(sdk.create_dashboard({ title: "Admin's" }))
  const id = text(board.id)
  const tile = await sdk.ok(sdk.create_dashboard_element({ body: { dashboard_id: id, type: 'text' } }))
  const layouts = await sdk.ok(sdk.dashboard_dashboard_layouts(id))
  const palettes = { categoricalPalettes: [], sequentialPalettes: [], divergingPalettes: [] }
  const app = { redirect_uri: 'https://app.example/', display_name: 'App' }
  const embedded = { external_user_id: 'e', group_ids: ['1'], session_length: 900 }
  const field = { dashboard_id: id, name: 'f', title: 'f', type: 'field_filter' }
  const inside = { name: 'Inside', parent_id: text(board.folder?.id) }
  return {
    query,
    slug: text((await sdk.ok(sdk.create_sql_query({ connection_name: 'db', sql: 'SELECT 1' }))).slug),
    task: text((await sdk.ok(sdk.create_query_task({ body: { query_id: query, result_format: 'json' as never } }))).id),
    board: id,
    tile: text(tile.id),
    filter: text((await sdk.ok(sdk.create_dashboard_filter(field))).id),
    place: text(layouts[0]?.dashboard_layout_components?.[0]?.id),
    folder: text((await sdk.ok(sdk.create_folder(inside))).id),
    favorite: text((await sdk.ok(sdk.create_content_favorite({ content_metadata_id: text(board.content_metadata_id) }))).id),
    colors: text((await sdk.ok(sdk.create_color_collection({ label: 'x', ...palettes }))).id),
    app: text((await sdk.ok(sdk.register_oauth_client_app('app', app))).client_guid),
    user: person('Dev').id,
    secret: text((await sdk.ok(sdk.create_embed_secret({}))).id),
    reference: text((await sdk.ok(sdk.acquire_embed_cookieless_session(embedded))).session_reference_token),
    build: text((await sdk.ok(sdk.start_pdt_build({ model_name: 'air', view_name: 'daily' }))).materialization_id),
    model: 'air',
    explore: 'flights',
    view: 'daily',
    connection: 'db',
    project: 'sky',
    branch: 'main',
  }
}

async function refused(calls: Record<string, Call>, sdk: Looker40SDK, its: Things, reason: string): Promise<void> {
  for (const [name, call] of Object.entries(calls)) {
    const answer = await call(sdk, its)
    const said = answer.ok ? 'it was allowed' : ((answer.error as { message?: string })?.message ?? String(answer.error))
    assert.ok(said.includes(reason), `${name}: ${said}`)
  }
}

test('content: refusals', async (t) => {
  const its = await things(ada)
  await t.test('nobody without a token gets anything but the versions', async () => {
    await refused({ ...FORBIDDEN, ...UNSEEN, ...OF_A_THING, ...OTHERS }, clientOfNobody(), its, 'Requires authentication.')
    assert.ok((await clientOfNobody().versions()).ok)
  })
  await t.test('a viewer is forbidden what is for others', async () => refused(FORBIDDEN, clientOf('Eve'), its, 'Forbidden'))
  await t.test("to a viewer others' things do not exist", async () => refused(UNSEEN, clientOf('Eve'), its, 'Not found'))
  await t.test('an id that does not exist is not found', async () => {
    const withId = Object.entries({ ...FORBIDDEN, ...UNSEEN, ...OF_A_THING }).filter(
      ([name, call]) => call.toString().includes('its.') && !['register_oauth_client_app', 'delete_oauth_client_app', 'deactivate_app_user'].includes(name),
    )
    assert.ok(withId.length > 60)
    await refused(Object.fromEntries(withId), ada, NOTHING, 'Not found')
  })
  await t.test('a body that does not fit fails validation', async () => refused(INVALID, ada, its, 'Validation Failed'))
})
