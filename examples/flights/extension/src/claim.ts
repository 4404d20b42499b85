import { type ExtensionHostApi, LookerExtensionSDK } from '@looker/extension-sdk'

/** What a claim says (docs/claims.md): letters, digits and `_` only, and two times. */
export interface Claim {
  header: { alg: string; kid: string; typ: string }
  content: { iss: string; sub: string; aud: string; iat: number; exp: number; jti: string }
}

/** The gateway's own name, as its settings and the explore know it. */
export const AUDIENCE = 'flights_gateway'

const VIEW = 'lookgate_claim'

/**
 * Runs the explore as the user who is looking, and returns what the warehouse signed.
 *
 * @param model the model that `lookgate claims lookml` wrote; the demo has three.
 * @throws Error: Looker refuses, or nothing was signed.
 */
export async function signed(sdk: ExtensionHostApi, model = 'lookgate_claims', audience = AUDIENCE): Promise<string> {
  const nonce = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  const looker = LookerExtensionSDK.createClient(sdk)
  const rows: unknown = await looker.ok(
    looker.run_inline_query({
      result_format: 'json',
      body: {
        model,
        view: VIEW,
        fields: [`${VIEW}.claim`],
        filters: { [`${VIEW}.nonce`]: nonce, [`${VIEW}.audience`]: audience },
      },
    }),
  )
  const claim = (rows as Record<string, unknown>[])[0]?.[`${VIEW}.claim`]
  if (typeof claim !== 'string') throw new Error(`The explore ${VIEW} of ${model} signs nothing now.`)
  return claim
}

/** Reads a claim. Only the gateway can tell whether it is true. */
export function decoded(claim: string): Claim {
  const [header, content] = claim.split('.')
  return { header: read(header ?? '') as Claim['header'], content: read(content ?? '') as Claim['content'] }
}

/** Puts another user into a claim, and leaves the signature as it is. */
export function saidOf(user: string, claim: string): string {
  const [header, , signature] = claim.split('.')
  const content = btoa(JSON.stringify({ ...decoded(claim).content, sub: user }))
  return [header, content.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''), signature].join('.')
}

function read(part: string): unknown {
  return JSON.parse(atob(part.replaceAll('-', '+').replaceAll('_', '/')))
}
