// Where the local Looker is and who is in it (its ready file), and the client as one of them or as nobody.

import { readFileSync } from 'node:fs'
import { Looker40SDK } from '@looker/sdk'
import { NodeSession, NodeSettings, NodeTransport } from '@looker/sdk-node'
import type { IApiSettings, IRequestProps } from '@looker/sdk-rtl'

export interface Person {
  id: string
  name: string
  email: string
  groups: string[]
  client_id: string
  client_secret: string
}

interface Ready {
  base_url: string
  users: Person[]
}

const file = process.env['LOOKGATE_READY_FILE']
if (!file) throw new Error('LOOKGATE_READY_FILE must name the ready file of a local Looker')
export const ready = JSON.parse(readFileSync(file, 'utf8')) as Ready

export function person(firstName: string): Person {
  const found = ready.users.find((user) => user.name.startsWith(firstName))
  if (!found) throw new Error(`there is no ${firstName}`)
  return found
}

export function clientOf(firstName: string): Looker40SDK {
  const settings = settingsOf(person(firstName))
  return new Looker40SDK(new NodeSession(settings, new NodeTransport(settings)))
}

/** A client that presents no token. */
export function clientOfNobody(): Looker40SDK {
  const settings = settingsOf({ client_id: 'x', client_secret: 'x' })
  return new Looker40SDK(new Anonymous(settings, new NodeTransport(settings)))
}

class Anonymous extends NodeSession {
  override async authenticate(props: IRequestProps): Promise<IRequestProps> {
    return props
  }
}

function settingsOf(key: { client_id: string; client_secret: string }): IApiSettings {
  const section = {
    base_url: ready.base_url,
    client_id: key.client_id,
    client_secret: key.client_secret,
    verify_ssl: 'false',
    timeout: '20',
  }
  return new Settings('', section as unknown as IApiSettings)
}

/** Settings that come from nowhere but the constructor: no file, no environment. */
class Settings extends NodeSettings {
  private readonly given: Record<string, string>

  constructor(prefix: string, given: IApiSettings) {
    super(prefix, given)
    this.given = given as unknown as Record<string, string>
  }

  override readConfig(): Record<string, string> {
    return this.given ?? {}
  }
}
