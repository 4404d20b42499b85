// One call of each operation that is not about people, towards things of these ids.

import type { Looker40SDK } from '@looker/sdk'
import type { Call as PeopleCall } from './calls.js'
import { NO } from './calls.js'

export interface Things {
  query: string
  slug: string
  task: string
  board: string
  tile: string
  filter: string
  place: string
  folder: string
  favorite: string
  colors: string
  app: string
  user: string
  secret: string
  reference: string
  build: string
  model: string
  explore: string
  view: string
  connection: string
  project: string
  branch: string
}

export const NOTHING = new Proxy({}, { get: () => NO }) as Things
export type Call = (sdk: Looker40SDK, its: Things) => ReturnType<PeopleCall>

const QUERY = { model: 'air', view: 'flights', fields: ['flights.count'] }
const COOKIELESS = { external_user_id: 'e', group_ids: ['1'], session_length: 900 }

/** For admins: a viewer is refused with 403. */
export const FORBIDDEN: Record<string, Call> = {
  create_connection: (sdk) => sdk.create_connection({ name: 'x', dialect_name: 'duckdb' }),
  update_connection: (sdk, its) => sdk.update_connection(its.connection, { tmp_db_name: 'x' }),
  delete_connection: (sdk, its) => sdk.delete_connection(its.connection),
  test_connection: (sdk, its) => sdk.test_connection(its.connection),
  test_connection_config: (sdk) => sdk.test_connection_config({ name: 'x', dialect_name: 'duckdb' }),
  create_embed_secret: (sdk) => sdk.create_embed_secret({}),
  delete_embed_secret: (sdk, its) => sdk.delete_embed_secret(its.secret),
  create_sso_embed_url: (sdk) => sdk.create_sso_embed_url({ target_url: 'x', external_user_id: 'e' }),
  validate_embed_url: (sdk) => sdk.validate_embed_url('x'),
  acquire_embed_cookieless_session: (sdk) => sdk.acquire_embed_cookieless_session(COOKIELESS),
  generate_tokens_for_cookieless_session: (sdk) => sdk.generate_tokens_for_cookieless_session({ session_reference_token: 'x' }),
  delete_embed_cookieless_session: (sdk, its) => sdk.delete_embed_cookieless_session(its.reference),
  create_lookml_model: (sdk) => sdk.create_lookml_model({ name: 'x', project_name: 'sky' }),
  update_lookml_model: (sdk, its) => sdk.update_lookml_model(its.model, { project_name: 'sky' }),
  delete_lookml_model: (sdk, its) => sdk.delete_lookml_model(its.model),
  register_oauth_client_app: (sdk, its) =>
    sdk.register_oauth_client_app(its.app, { redirect_uri: 'https://app.example/', display_name: 'App' }),
  update_oauth_client_app: (sdk, its) => sdk.update_oauth_client_app(its.app, { description: 'x' }),
  delete_oauth_client_app: (sdk, its) => sdk.delete_oauth_client_app(its.app),
  invalidate_tokens: (sdk, its) => sdk.invalidate_tokens(its.app),
  activate_app_user: (sdk, its) => sdk.activate_app_user(its.app, its.user),
  deactivate_app_user: (sdk, its) => sdk.deactivate_app_user(its.app, its.user),
  set_setting: (sdk) => sdk.set_setting({}),
  digest_emails_enabled: (sdk) => sdk.digest_emails_enabled(),
  update_digest_emails_enabled: (sdk) => sdk.update_digest_emails_enabled({ is_enabled: true }),
  create_sql_query: (sdk) => sdk.create_sql_query({ connection_name: 'db', sql: 'SELECT 1' }),
  sql_query: (sdk, its) => sdk.sql_query(its.slug),
  run_sql_query: (sdk, its) => sdk.run_sql_query(its.slug, 'json'),
  start_pdt_build: (sdk, its) => sdk.start_pdt_build({ model_name: its.model, view_name: its.view }),
  check_pdt_build: (sdk, its) => sdk.check_pdt_build(its.build),
  create_dashboard: (sdk) => sdk.create_dashboard({ title: 'x' }),
  create_folder: (sdk) => sdk.create_folder({ name: 'x', parent_id: '1' }),
}

/** Other people's things, and what only admins and developers see: to a viewer they are not there. */
export const UNSEEN: Record<string, Call> = {
  color_collection: (sdk, its) => sdk.color_collection(its.colors),
  update_color_collection: (sdk, its) => sdk.update_color_collection(its.colors, { label: 'x' }),
  delete_color_collection: (sdk, its) => sdk.delete_color_collection(its.colors),
  set_default_color_collection: (sdk, its) => sdk.set_default_color_collection(its.colors),
  connection: (sdk, its) => sdk.connection(its.connection),
  oauth_client_app: (sdk, its) => sdk.oauth_client_app(its.app),
  query_task: (sdk, its) => sdk.query_task(its.task),
  query_task_results: (sdk, its) => sdk.query_task_results(its.task),
  kill_query: (sdk, its) => sdk.kill_query(its.task),
  look: (sdk, its) => sdk.look(its.query),
  project: (sdk, its) => sdk.project(its.project),
  update_project: (sdk, its) => sdk.update_project(its.project, { name: 'sky' }),
  manifest: (sdk, its) => sdk.manifest(its.project),
  validate_project: (sdk, its) => sdk.validate_project(its.project),
  project_validation_results: (sdk, its) => sdk.project_validation_results(its.project),
  project_workspace: (sdk, its) => sdk.project_workspace(its.project),
  all_project_files: (sdk, its) => sdk.all_project_files(its.project),
  project_file: (sdk, its) => sdk.project_file(its.project, 'air.model.lkml'),
  all_git_branches: (sdk, its) => sdk.all_git_branches(its.project),
  git_branch: (sdk, its) => sdk.git_branch(its.project),
  find_git_branch: (sdk, its) => sdk.find_git_branch(its.project, its.branch),
  deploy_to_production: (sdk, its) => sdk.deploy_to_production(its.project),
  dashboard: (sdk, its) => sdk.dashboard(its.board),
  update_dashboard: (sdk, its) => sdk.update_dashboard(its.board, { title: 'x' }),
  delete_dashboard: (sdk, its) => sdk.delete_dashboard(its.board),
  dashboard_dashboard_elements: (sdk, its) => sdk.dashboard_dashboard_elements(its.board),
  dashboard_dashboard_filters: (sdk, its) => sdk.dashboard_dashboard_filters(its.board),
  dashboard_dashboard_layouts: (sdk, its) => sdk.dashboard_dashboard_layouts(its.board),
  dashboard_element: (sdk, its) => sdk.dashboard_element(its.tile),
  update_dashboard_element: (sdk, its) => sdk.update_dashboard_element(its.tile, { title: 'x' }),
  delete_dashboard_element: (sdk, its) => sdk.delete_dashboard_element(its.tile),
  dashboard_filter: (sdk, its) => sdk.dashboard_filter(its.filter),
  update_dashboard_filter: (sdk, its) => sdk.update_dashboard_filter(its.filter, { title: 'x' }),
  delete_dashboard_filter: (sdk, its) => sdk.delete_dashboard_filter(its.filter),
  update_dashboard_layout_component: (sdk, its) => sdk.update_dashboard_layout_component(its.place, { row: 1 }),
  folder: (sdk, its) => sdk.folder(its.folder),
  folder_children: (sdk, its) => sdk.folder_children({ folder_id: its.folder }),
  folder_parent: (sdk, its) => sdk.folder_parent(its.folder),
  folder_ancestors: (sdk, its) => sdk.folder_ancestors(its.folder),
  folder_dashboards: (sdk, its) => sdk.folder_dashboards(its.folder),
  folder_looks: (sdk, its) => sdk.folder_looks(its.folder),
  update_folder: (sdk, its) => sdk.update_folder(its.folder, { name: 'x' }),
  delete_folder: (sdk, its) => sdk.delete_folder(its.folder),
  content_favorite: (sdk, its) => sdk.content_favorite(its.favorite),
  delete_content_favorite: (sdk, its) => sdk.delete_content_favorite(its.favorite),
}

/** A viewer may call these, and with an id that does not exist they answer 404. */
export const OF_A_THING: Record<string, Call> = {
  query: (sdk, its) => sdk.query(its.query),
  query_for_slug: (sdk, its) => sdk.query_for_slug(its.query),
  run_query: (sdk, its) => sdk.run_query({ query_id: its.query, result_format: 'json' }),
  lookml_model: (sdk, its) => sdk.lookml_model(its.model),
  lookml_model_explore: (sdk, its) => sdk.lookml_model_explore({ lookml_model_name: its.model, explore_name: its.explore }),
  dashboard_lookml: (sdk, its) => sdk.dashboard_lookml(its.board),
}

/** The rest: without an id, or open to everyone. */
export const OTHERS: Record<string, Call> = {
  all_color_collections: (sdk) => sdk.all_color_collections(),
  color_collections_custom: (sdk) => sdk.color_collections_custom(),
  color_collections_standard: (sdk) => sdk.color_collections_standard(),
  default_color_collection: (sdk) => sdk.default_color_collection(),
  create_color_collection: (sdk) => sdk.create_color_collection({ label: 'x' }),
  all_connections: (sdk) => sdk.all_connections(),
  create_dashboard_element: (sdk) => sdk.create_dashboard_element({ body: { type: 'text' } }),
  create_dashboard_filter: (sdk) =>
    sdk.create_dashboard_filter({ dashboard_id: '1', name: 'f', title: 'F', type: 'field_filter' }),
  all_dashboards: (sdk) => sdk.all_dashboards(),
  search_dashboards: (sdk) => sdk.search_dashboards({}),
  create_embed_url_as_me: (sdk) => sdk.create_embed_url_as_me({ target_url: 'x' }),
  all_folders: (sdk) => sdk.all_folders(),
  search_folders: (sdk) => sdk.search_folders({}),
  all_lookml_models: (sdk) => sdk.all_lookml_models({}),
  all_oauth_client_apps: (sdk) => sdk.all_oauth_client_apps(),
  all_projects: (sdk) => sdk.all_projects(),
  create_query: (sdk) => sdk.create_query(QUERY),
  run_inline_query: (sdk) => sdk.run_inline_query({ result_format: 'json', body: QUERY }),
  run_url_encoded_query: (sdk) => sdk.run_url_encoded_query('air', 'flights', 'json'),
  create_query_task: (sdk) => sdk.create_query_task({ body: { query_id: NO, result_format: 'json' as never } }),
  query_task_multi_results: (sdk) => sdk.query_task_multi_results([NO] as never),
  all_running_queries: (sdk) => sdk.all_running_queries(),
  all_looks: (sdk) => sdk.all_looks(),
  search_looks: (sdk) => sdk.search_looks({}),
  all_boards: (sdk) => sdk.all_boards(),
  search_boards: (sdk) => sdk.search_boards({}),
  search_content_favorites: (sdk) => sdk.search_content_favorites({}),
  create_content_favorite: (sdk) => sdk.create_content_favorite({}),
  get_setting: (sdk) => sdk.get_setting(),
  all_timezones: (sdk) => sdk.all_timezones(),
  all_locales: (sdk) => sdk.all_locales(),
}

const strange = (value: unknown) => value as never

/** Bodies that do not fit: 422. */
export const INVALID: Record<string, Call> = {
  create_query: (sdk) => sdk.create_query({ model: strange(1), view: 'flights' }),
  run_inline_query: (sdk) => sdk.run_inline_query({ result_format: 'json', body: { view: 'flights' } as never }),
  create_query_task: (sdk) => sdk.create_query_task({ body: { query_id: '1' } as never }),
  create_sql_query: (sdk) => sdk.create_sql_query({ connection_name: 'db' }),
  create_lookml_model: (sdk) => sdk.create_lookml_model({ name: 'x' }),
  update_lookml_model: (sdk, its) => sdk.update_lookml_model(its.model, { label: 1 } as never),
  create_connection: (sdk) => sdk.create_connection({ name: 'x' }),
  update_connection: (sdk, its) => sdk.update_connection(its.connection, { tmp_db_name: 'a b' }),
  test_connection_config: (sdk) => sdk.test_connection_config({ name: 'x' }),
  create_color_collection: (sdk) => sdk.create_color_collection({ label: 'x' }),
  update_color_collection: (sdk, its) => sdk.update_color_collection(its.colors, { label: strange(1) }),
  update_project: (sdk, its) => sdk.update_project(its.project, { pull_request_mode: strange('x') }),
  register_oauth_client_app: (sdk) =>
    sdk.register_oauth_client_app('fresh', { redirect_uri: 'http://evil.example/', display_name: 'x' }),
  update_oauth_client_app: (sdk, its) => sdk.update_oauth_client_app(its.app, { enabled: strange('x') }),
  set_setting: (sdk) => sdk.set_setting({ timezone: 'x' } as never),
  update_digest_emails_enabled: (sdk) => sdk.update_digest_emails_enabled({}),
  create_embed_secret: (sdk) => sdk.create_embed_secret({ algorithm: 'md5' }),
  create_sso_embed_url: (sdk) => sdk.create_sso_embed_url({ target_url: 'https://evil.example/' }),
  create_embed_url_as_me: (sdk) => sdk.create_embed_url_as_me({ target_url: 'https://evil.example/' }),
  acquire_embed_cookieless_session: (sdk) => sdk.acquire_embed_cookieless_session({ session_length: strange('x') }),
  generate_tokens_for_cookieless_session: (sdk) => sdk.generate_tokens_for_cookieless_session({} as never),
  create_dashboard: (sdk) => sdk.create_dashboard({ title: '' }),
  update_dashboard: (sdk, its) => sdk.update_dashboard(its.board, { title: strange(1) }),
  create_dashboard_element: (sdk) => sdk.create_dashboard_element({ body: {} }),
  update_dashboard_element: (sdk, its) => sdk.update_dashboard_element(its.tile, { type: 'x' }),
  create_dashboard_filter: (sdk) => sdk.create_dashboard_filter({} as never),
  update_dashboard_filter: (sdk, its) => sdk.update_dashboard_filter(its.filter, { title: '' }),
  update_dashboard_layout_component: (sdk, its) => sdk.update_dashboard_layout_component(its.place, { width: 0 }),
  create_folder: (sdk) => sdk.create_folder({ name: 'x' } as never),
  update_folder: (sdk, its) => sdk.update_folder(its.folder, { name: '' }),
  create_content_favorite: (sdk) => sdk.create_content_favorite({}),
}
