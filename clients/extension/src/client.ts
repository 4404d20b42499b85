import type { ExtensionSDK, FetchResponseBodyType } from '@looker/extension-sdk'
import { LookgateProblem, fromAnswer, fromRejection } from './problem.js'
import { Tokens } from './token.js'

type FetchProxyInit = NonNullable<Parameters<ExtensionSDK['fetchProxy']>[1]>
type FetchProxyAnswer = Awaited<ReturnType<ExtensionSDK['fetchProxy']>>

/** The actions of one gateway: name → what goes in and what comes out. */
export interface AnyActions {
  [action: string]: { input: unknown; output: unknown }
}

/** The part of the extension SDK that is used. */
export type Sdk = Pick<ExtensionSDK, 'serverProxy' | 'fetchProxy' | 'createSecretKeyTag'>

export interface LookgateOptions {
  /** The gateway's origin, such as `https://gateway.example.com`; the manifest must list it in `external_api_urls`. */
  baseUrl: string
  /**
   * The short name of the hidden user attribute that carries the user's handle; `lookgate_handle` by default. Its full
   * name in Looker is `<project>_<application>_lookgate_handle`.
   */
  handleTag?: string
  /** Present this attribute's value as a shared API key instead of the handle: no user is known then. */
  apiKeyTag?: string
  /**
   * Present this attribute's value as a bearer token instead: how a service of its own is reached whose tokens sync rules
   * keep fresh in Looker. No user is known then.
   */
  bearerTag?: string
  /** Present nothing. Only actions that are public answer. */
  anonymous?: boolean
  /**
   * Present a claim that the warehouse signed, instead of the handle. The function runs the generated explore; it is asked
   * anew for each credential that is needed, because a claim is good for one use.
   */
  claim?: () => Promise<string>
  /**
   * How calls travel. `serverProxy` (the default): each through Looker's server, with the handle. `token`: the first one
   * exchanges the handle, or one claim, for a token of minutes through Looker's server; the others go straight from the
   * browser to the gateway with it. The gateway must have `[tokens]`, and Looker's origin in `web.origins`.
   */
  transport?: 'serverProxy' | 'token'
}

export interface Lookgate<Actions extends { [Name in keyof Actions]: { input: unknown; output: unknown } } = AnyActions> {
  /**
   * Calls an action as the user who is looking at the extension.
   *
   * @throws LookgateProblem: it was refused or failed; `hint` says what to do.
   */
  call<Name extends keyof Actions & string>(action: Name, input: Actions[Name]['input']): Promise<Actions[Name]['output']>
}

/**
 * Returns a client of one gateway.
 *
 * The handle is only ever a tag such as `{{flights_delays_lookgate_handle}}`: Looker's server puts the value in, and the
 * browser never has it. A token that it was exchanged for is kept in memory and nowhere else.
 */
export function createLookgate<
  Actions extends { [Name in keyof Actions]: { input: unknown; output: unknown } } = AnyActions,
>(extensionSDK: Sdk, options: LookgateOptions): Lookgate<Actions> {
  const { origin } = new URL(options.baseUrl)
  const base = options.baseUrl.replace(/\/+$/, '')
  const others = [options.apiKeyTag, options.bearerTag]
  if (options.transport === 'token' && (options.anonymous === true || others.some((tag) => tag !== undefined))) {
    throw new TypeError("transport 'token' exchanges the handle: leave out 'anonymous', 'apiKeyTag' and 'bearerTag'.")
  }

  const throughLooker = async (path: string, input: unknown, name: string): Promise<unknown> => {
    const headers = await credential(extensionSDK, options)
    return answered(name, (reason) => fromRejection(reason, origin), () =>
      extensionSDK.serverProxy(`${base}${path}`, request(input, headers), AS_TEXT),
    )
  }

  const tokens = new Tokens(async () => {
    try {
      return await throughLooker('/token', { grant_type: EXCHANGE }, '/token')
    } catch (problem) {
      throw problem instanceof LookgateProblem && problem.status === NOT_FOUND ? notOffered(problem) : problem
    }
  })

  const byToken = async (path: string, input: unknown, name: string): Promise<unknown> => {
    const send = (token: string): Promise<unknown> =>
      answered(name, (reason) => fromRejection(reason, origin, 'browser'), () =>
        extensionSDK.fetchProxy(`${base}${path}`, request(input, { authorization: `Bearer ${token}` }), AS_TEXT),
      )
    const token = await tokens.get()
    try {
      return await send(token)
    } catch (problem) {
      // Refused before anything was done: the handle was issued anew, or the gateway's keys were.
      if (!(problem instanceof LookgateProblem) || !OUTDATED.has(problem.code)) throw problem
      tokens.forget(token)
      return send(await tokens.get())
    }
  }

  const send = options.transport === 'token' ? byToken : throughLooker
  return {
    async call<Name extends keyof Actions & string>(action: Name, input: Actions[Name]['input']) {
      const answer = await send(`/actions/${encodeURIComponent(action)}`, input ?? {}, action)
      return answer as Actions[Name]['output']
    },
  }
}

/** An answer is taken as text, and parsed here: one that is not Lookgate's may be anything. The enum is this string. */
const AS_TEXT = 'text' as FetchResponseBodyType
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const NOT_FOUND = 404
const OUTDATED = new Set(['token_expired', 'token_revoked', 'token_key_unknown'])

function request(input: unknown, headers: Record<string, string>): FetchProxyInit {
  return { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(input) }
}

async function answered(
  name: string,
  rejected: (reason: unknown) => LookgateProblem,
  send: () => Promise<FetchProxyAnswer>,
): Promise<unknown> {
  let answer
  try {
    answer = await send()
  } catch (reason) {
    throw rejected(reason)
  }
  const body = parsed(answer.body)
  if (!answer.ok) throw fromAnswer(answer.status, body, name)
  if (body === undefined) {
    throw new LookgateProblem({
      code: 'answer_malformed',
      detail: `The answer of '${name}' is not JSON.`,
      hint: 'Check baseUrl: something else may answer there.',
      status: answer.status,
    })
  }
  return body
}

function notOffered(problem: LookgateProblem): LookgateProblem {
  return new LookgateProblem(
    {
      code: 'tokens_not_offered',
      detail: 'This gateway exchanges no handles for tokens.',
      hint: "Add [tokens] with the gateway's URL as issuer to lookgate.toml, or leave out transport: 'token'.",
      status: problem.status,
      requestId: problem.requestId,
    },
    { cause: problem },
  )
}

async function credential(sdk: Sdk, options: LookgateOptions): Promise<Record<string, string>> {
  if (options.anonymous === true) return {}
  if (options.claim !== undefined) return { authorization: `Bearer ${await signed(options.claim)}` }
  if (options.apiKeyTag !== undefined) return { 'x-api-key': sdk.createSecretKeyTag(options.apiKeyTag) }
  if (options.bearerTag !== undefined) return { authorization: `Bearer ${sdk.createSecretKeyTag(options.bearerTag)}` }
  return { 'x-lookgate-handle': sdk.createSecretKeyTag(options.handleTag ?? 'lookgate_handle') }
}

async function signed(claim: () => Promise<string>): Promise<string> {
  let made: unknown
  let why: unknown = 'The explore gave no claim.'
  try {
    made = await claim()
  } catch (reason) {
    if (reason instanceof LookgateProblem) throw reason
    why = reason
  }
  if (typeof made === 'string' && made !== '') return made
  throw new LookgateProblem(
    {
      code: 'claim_not_signed',
      detail: `The warehouse has signed no claim: ${why instanceof Error ? why.message : String(why)}`,
      hint: 'Check that you may run the explore, that the manifest entitles it, and that a key signs: lookgate keys list.',
    },
    { cause: why },
  )
}

function parsed(body: unknown): unknown {
  if (typeof body !== 'string') return body
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
