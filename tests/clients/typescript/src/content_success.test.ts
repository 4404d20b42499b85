// Looker's own TypeScript client, unchanged: an admin does everything that is not about people.

import { test } from 'node:test'
import { apps, colors, dashboards, embed, projects, settings } from './content_stories.js'
import { connections, models, queries, sqlRunner } from './data_stories.js'
import { clientOf } from './looker.js'

const stories = { models, queries, sqlRunner, connections, dashboards, colors, projects, apps, settings, embed }

test('content: an admin may do all of it', async (t) => {
  for (const [name, story] of Object.entries(stories)) await t.test(name, async () => story(clientOf('Ada')))
})
