// What an admin does with models, queries, the SQL Runner and connections: every call answers with success, from DuckDB.

import assert from 'node:assert/strict'
import type { Looker40SDK } from '@looker/sdk'

const QUERY = {
  model: 'air',
  view: 'flights',
  fields: ['flights.carrier', 'flights.count'],
  filters: { 'flights.carrier': 'UA' },
  limit: '10',
}
/** The client hands over JSON as an object or as the text it is, by the answer's content type. */
const rows = (answer: unknown): unknown => (typeof answer === 'string' ? JSON.parse(answer) : answer)

export async function models(sdk: Looker40SDK): Promise<void> {
  assert.deepEqual((await sdk.ok(sdk.all_lookml_models({ limit: 5, offset: 0 }))).map((model) => model.name), ['air'])
  const made = await sdk.ok(sdk.create_lookml_model({ name: 'later', project_name: 'sky', unlimited_db_connections: true }))
  assert.equal(made.unlimited_db_connections, true)
  const changed = await sdk.ok(sdk.update_lookml_model('later', { allowed_db_connection_names: ['db'] }))
  assert.deepEqual(changed.allowed_db_connection_names, ['db'])
  await sdk.ok(sdk.delete_lookml_model('later'))
  assert.equal((await sdk.ok(sdk.lookml_model('air'))).label, 'Air')
  const explore = await sdk.ok(sdk.lookml_model_explore({ lookml_model_name: 'air', explore_name: 'flights' }))
  assert.deepEqual(explore.fields?.measures?.map((field) => field.name), ['flights.count', 'flights.mean_delay'])
  const build = await sdk.ok(sdk.start_pdt_build({ model_name: 'air', view_name: 'daily', force_rebuild: 'true' }))
  assert.match((await sdk.ok(sdk.check_pdt_build(build.materialization_id ?? ''))).resp_text ?? '', /^complete/)
}

export async function queries(sdk: Looker40SDK): Promise<void> {
  const saved = await sdk.ok(sdk.create_query(QUERY))
  const id = saved.id ?? ''
  assert.equal((await sdk.ok(sdk.query(id))).slug, saved.slug)
  assert.equal((await sdk.ok(sdk.query_for_slug(saved.slug ?? ''))).id, id)
  const expected = [{ 'flights.carrier': 'UA', 'flights.count': 2 }]
  assert.deepEqual(rows(await sdk.ok(sdk.run_query({ query_id: id, result_format: 'json' }))), expected)
  assert.match(await sdk.ok(sdk.run_inline_query({ result_format: 'csv', body: QUERY })), /^Flights Carrier,Flights Count/)
  assert.match(await sdk.ok(sdk.run_inline_query({ result_format: 'sql', body: QUERY })), /SELECT/)
  const detail = rows(await sdk.ok(sdk.run_inline_query({ result_format: 'json_detail', limit: 1, body: QUERY })))
  assert.equal((detail as { data: unknown[] }).data.length, 1)
  const path = '/queries/models/air/views/flights/run/json'
  const asked = { fields: 'flights.count', 'f[flights.carrier]': 'DL' }
  assert.deepEqual(rows(await sdk.ok(sdk.get<string, Error>(path, asked))), [{ 'flights.count': 1 }])
  const wanted = { query_id: id, result_format: 'json' as never }
  const task = (await sdk.ok(sdk.create_query_task({ body: wanted }))).id ?? ''
  while ((await sdk.ok(sdk.query_task(task))).status !== 'complete') await new Promise((resolve) => setTimeout(resolve, 20))
  assert.deepEqual(rows(await sdk.ok(sdk.query_task_results(task))), expected)
  const all = await sdk.ok(sdk.get<Record<string, { status: string }>, Error>('/query_tasks/multi_results', { query_task_ids: task }))
  assert.equal(all[task]?.status, 'complete')
  assert.deepEqual(await sdk.ok(sdk.all_running_queries()), [])
}

export async function sqlRunner(sdk: Looker40SDK): Promise<void> {
  const made = await sdk.ok(sdk.create_sql_query({ connection_name: 'db', sql: 'SELECT 42 AS answer' }))
  const slug = made.slug ?? ''
  assert.deepEqual(rows(await sdk.ok(sdk.run_sql_query(slug, 'json'))), [{ answer: 42 }])
  assert.equal((await sdk.ok(sdk.sql_query(slug))).run_count, 1)
}

export async function connections(sdk: Looker40SDK): Promise<void> {
  assert.ok((await sdk.ok(sdk.connection('db'))).pdts_enabled)
  await sdk.ok(sdk.create_connection({ name: 'scrap', dialect_name: 'duckdb' }))
  assert.deepEqual((await sdk.ok(sdk.all_connections())).map((found) => found.name), ['db', 'scrap'])
  assert.equal((await sdk.ok(sdk.update_connection('scrap', { tmp_db_name: 'other' }))).tmp_db_name, 'other')
  for (const test of await sdk.ok(sdk.test_connection('scrap'))) assert.equal(test.status, 'success')
  for (const test of await sdk.ok(sdk.test_connection_config({ name: 'unsaved', dialect_name: 'duckdb' }))) {
    assert.equal(test.status, 'success')
  }
  await sdk.ok(sdk.delete_connection('scrap'))
}
