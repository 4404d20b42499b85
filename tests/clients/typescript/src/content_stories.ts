// What an admin does with dashboards, folders, projects, apps, settings and embedding: every call answers with success.

import assert from 'node:assert/strict'
import type { Looker40SDK } from '@looker/sdk'
import { person, ready } from './looker.js'

const SHARED = '1'
const id = (thing: { id?: string | null }): string => {
  assert.ok(thing.id)
  return thing.id
}

export async function dashboards(sdk: Looker40SDK): Promise<void> {
  const folder = id(await sdk.ok(sdk.create_folder({ name: 'New', parent_id: await shared(sdk) })))
  assert.equal((await sdk.ok(sdk.update_folder(folder, { name: 'Newer' }))).name, 'Newer')
  const made = await sdk.ok(sdk.create_dashboard({ title: 'Mine', folder_id: folder }))
  const board = id(made)
  assert.equal((await sdk.ok(sdk.update_dashboard(board, { description: 'All' }))).description, 'All')
  const tile = id(await sdk.ok(sdk.create_dashboard_element({ body: { dashboard_id: board, type: 'text', body_text: 'a' } })))
  await sdk.ok(sdk.update_dashboard_element(tile, { body_text: 'b' }))
  assert.equal((await sdk.ok(sdk.dashboard_element(tile))).body_text, 'b')
  assert.equal((await sdk.ok(sdk.dashboard_dashboard_elements(board)))[0]?.body_text, 'b')
  const place = (await sdk.ok(sdk.dashboard_dashboard_layouts(board)))[0]?.dashboard_layout_components?.[0]
  assert.equal((await sdk.ok(sdk.update_dashboard_layout_component(id(place ?? {}), { row: 3 }))).row, 3)
  const filter = id(await sdk.ok(sdk.create_dashboard_filter({ dashboard_id: board, name: 'f', title: 'F', type: 'field_filter' })))
  await sdk.ok(sdk.update_dashboard_filter(filter, { title: 'G' }))
  assert.equal((await sdk.ok(sdk.dashboard_filter(filter))).title, 'G')
  assert.equal((await sdk.ok(sdk.dashboard_dashboard_filters(board)))[0]?.title, 'G')
  await sdk.ok(sdk.delete_dashboard_filter(filter))
  await sdk.ok(sdk.delete_dashboard_element(tile))
  assert.ok((await sdk.ok(sdk.all_dashboards())).some((found) => found.id === 'air::delays'))
  assert.equal((await sdk.ok(sdk.search_dashboards({ title: 'mine' })))[0]?.id, board)
  assert.equal((await sdk.ok(sdk.dashboard('air::delays'))).dashboard_elements?.[0]?.query?.view, 'flights')
  assert.match((await sdk.ok(sdk.dashboard_lookml('air::delays'))).lookml ?? '', /delays/)
  const favorite = id(await sdk.ok(sdk.create_content_favorite({ content_metadata_id: made.content_metadata_id ?? '' })))
  assert.equal((await sdk.ok(sdk.content_favorite(favorite))).id, favorite)
  assert.ok((await sdk.ok(sdk.search_content_favorites({}))).some((found) => found.id === favorite))
  await sdk.ok(sdk.delete_content_favorite(favorite))
  await folders(sdk, folder, board)
  await sdk.ok(sdk.delete_dashboard(board))
  await sdk.ok(sdk.delete_folder(folder))
}

async function shared(sdk: Looker40SDK): Promise<string> {
  return id((await sdk.ok(sdk.search_folders({ name: 'Shared' })))[0] ?? { id: SHARED })
}

async function folders(sdk: Looker40SDK, folder: string, board: string): Promise<void> {
  const above = await shared(sdk)
  assert.equal((await sdk.ok(sdk.folder(folder))).dashboards?.[0]?.id, board)
  assert.equal((await sdk.ok(sdk.folder_dashboards(folder)))[0]?.id, board)
  assert.ok((await sdk.ok(sdk.all_folders())).some((found) => found.id === folder))
  assert.ok((await sdk.ok(sdk.folder_children({ folder_id: above }))).some((found) => found.id === folder))
  assert.equal((await sdk.ok(sdk.folder_parent(folder))).id, above)
  assert.equal((await sdk.ok(sdk.folder_ancestors(folder)))[0]?.id, above)
  assert.deepEqual(await sdk.ok(sdk.folder_looks(folder)), [])
  assert.deepEqual(await sdk.ok(sdk.all_looks()), [])
  assert.deepEqual(await sdk.ok(sdk.search_looks({})), [])
  assert.deepEqual(await sdk.ok(sdk.all_boards()), [])
  assert.deepEqual(await sdk.ok(sdk.search_boards({})), [])
}

export async function colors(sdk: Looker40SDK): Promise<void> {
  const stops = [{ color: '#000000', offset: 0 }, { color: '#ffffff', offset: 100 }]
  const made = id(
    await sdk.ok(
      sdk.create_color_collection({
        label: 'Ours',
        categoricalPalettes: [{ label: 'C', type: 'Categorical', colors: ['#123456'] }],
        sequentialPalettes: [{ label: 'S', type: 'Sequential', stops }],
        divergingPalettes: [{ label: 'D', type: 'Diverging', stops }],
      }),
    ),
  )
  assert.equal((await sdk.ok(sdk.update_color_collection(made, { label: 'Yours' }))).label, 'Yours')
  assert.deepEqual((await sdk.ok(sdk.color_collection(made))).categoricalPalettes?.[0]?.colors, ['#123456'])
  await sdk.ok(sdk.set_default_color_collection(made))
  assert.equal((await sdk.ok(sdk.default_color_collection())).id, made)
  const own = await sdk.ok(sdk.color_collections_custom())
  assert.ok(own.some((found) => found.id === made))
  const standard = await sdk.ok(sdk.color_collections_standard())
  assert.equal((await sdk.ok(sdk.all_color_collections())).length, standard.length + own.length)
  await sdk.ok(sdk.delete_color_collection(made))
}

export async function projects(sdk: Looker40SDK): Promise<void> {
  assert.deepEqual((await sdk.ok(sdk.all_projects())).map((project) => project.id), ['sky'])
  await sdk.ok(sdk.update_project('sky', { pull_request_mode: 'required' as never }))
  assert.equal((await sdk.ok(sdk.project('sky'))).pull_request_mode, 'required')
  assert.equal((await sdk.ok(sdk.manifest('sky'))).name, 'sky')
  assert.deepEqual((await sdk.ok(sdk.validate_project('sky'))).errors, [])
  assert.equal((await sdk.ok(sdk.project_validation_results('sky'))).stale, false)
  assert.ok((await sdk.ok(sdk.all_project_files('sky'))).some((file) => file.id === 'air.model.lkml'))
  assert.equal((await sdk.ok(sdk.project_file('sky', 'air.model.lkml'))).title, 'air.model.lkml')
  assert.equal((await sdk.ok(sdk.project_workspace('sky'))).workspace_id, 'production')
  assert.equal((await sdk.ok(sdk.git_branch('sky'))).name, 'main')
  assert.equal((await sdk.ok(sdk.all_git_branches('sky')))[0]?.name, 'main')
  assert.equal((await sdk.ok(sdk.find_git_branch('sky', 'main'))).name, 'main')
  await sdk.ok(sdk.update_session({ workspace_id: 'dev' }))
  await sdk.ok(sdk.deploy_to_production('sky'))
  await sdk.ok(sdk.update_session({ workspace_id: 'production' }))
}

export async function apps(sdk: Looker40SDK): Promise<void> {
  const body = { redirect_uri: 'https://app.example/', display_name: 'App', enabled: true }
  assert.equal((await sdk.ok(sdk.register_oauth_client_app('my.app', body))).client_guid, 'my.app')
  await sdk.ok(sdk.update_oauth_client_app('my.app', { description: 'Ours' }))
  assert.equal((await sdk.ok(sdk.oauth_client_app('my.app'))).description, 'Ours')
  await sdk.ok(sdk.activate_app_user('my.app', person('Eve').id))
  assert.equal((await sdk.ok(sdk.oauth_client_app('my.app'))).activated_users?.[0]?.display_name, 'Eve East')
  await sdk.ok(sdk.deactivate_app_user('my.app', person('Eve').id))
  await sdk.ok(sdk.invalidate_tokens('my.app'))
  assert.ok((await sdk.ok(sdk.all_oauth_client_apps())).some((app) => app.client_guid === 'my.app'))
  await sdk.ok(sdk.delete_oauth_client_app('my.app'))
}

export async function settings(sdk: Looker40SDK): Promise<void> {
  const allowed = ['https://app.example']
  const changed = await sdk.ok(sdk.set_setting({ embed_config: { domain_allowlist: allowed } }))
  assert.deepEqual(changed.embed_config?.domain_allowlist, allowed)
  assert.ok((await sdk.ok(sdk.get_setting())).extension_framework_enabled)
  assert.equal((await sdk.ok(sdk.versions())).current_version?.version, '4.0')
  assert.ok((await sdk.ok(sdk.all_timezones()))[0]?.value)
  assert.ok((await sdk.ok(sdk.all_locales()))[0]?.code)
  await sdk.ok(sdk.update_digest_emails_enabled({ is_enabled: false }))
  assert.equal((await sdk.ok(sdk.digest_emails_enabled())).is_enabled, false)
}

export async function embed(sdk: Looker40SDK): Promise<void> {
  const secret = id(await sdk.ok(sdk.create_embed_secret({})))
  const target_url = `${ready.base_url}/embed/x`
  const signed = { target_url, external_user_id: 'e', group_ids: ['1'], secret_id: secret }
  const { url = '' } = await sdk.ok(sdk.create_sso_embed_url(signed))
  // The client takes a value with escapes for one that it need not escape.
  assert.equal((await sdk.ok(sdk.validate_embed_url(encodeURIComponent(url)))).url, url)
  await sdk.ok(sdk.delete_embed_secret(secret))
  assert.match((await sdk.ok(sdk.create_embed_url_as_me({ target_url }))).url ?? '', /embed_authentication_token/)
  const asked = { external_user_id: 'e', group_ids: ['1'], session_length: 900 }
  const session = await sdk.ok(sdk.acquire_embed_cookieless_session(asked))
  const reference = session.session_reference_token ?? ''
  const fresh = await sdk.ok(
    sdk.generate_tokens_for_cookieless_session({
      session_reference_token: reference,
      navigation_token: session.navigation_token ?? '',
      api_token: session.api_token ?? '',
    }),
  )
  assert.equal(fresh.api_token_ttl, 600)
  await sdk.ok(sdk.delete_embed_cookieless_session(reference))
}
