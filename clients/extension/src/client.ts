import type { ExtensionSDK, FetchResponseBodyType } from '@looker/extension-sdk'
import { LookgateProblem, fromAnswer, fromRejection } from './problem.js'

/** The actions of one gateway: name → what goes in and what comes out. */
export interface AnyActions {
  [action: string]: { input: unknown; output: unknown }
}

/** The part of the extension SDK that is used. */
export type Sdk = Pick<ExtensionSDK, 'serverProxy' | 'createSecretKeyTag'>

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
  /** Present nothing. Only actions that are public answer. */
  anonymous?: boolean
}

export interface Lookgate<Actions extends { [Name in keyof Actions]: { input: unknown; output: unknown } } = AnyActions> {
  /**
   * Calls an action through Looker's `serverProxy`, as the user who is looking at the extension.
   *
   * @throws LookgateProblem: it was refused or failed; `hint` says what to do.
   */
  call<Name extends keyof Actions & string>(action: Name, input: Actions[Name]['input']): Promise<Actions[Name]['output']>
}

/**
 * Returns a client of one gateway.
 *
 * The credential is only ever a tag such as `{{flights_delays_lookgate_handle}}`: Looker's server puts the value in,
 * and the browser never has it.
 */
export function createLookgate<
  Actions extends { [Name in keyof Actions]: { input: unknown; output: unknown } } = AnyActions,
>(extensionSDK: Sdk, options: LookgateOptions): Lookgate<Actions> {
  const { origin } = new URL(options.baseUrl)
  const base = options.baseUrl.replace(/\/+$/, '')
  return {
    async call<Name extends keyof Actions & string>(action: Name, input: Actions[Name]['input']) {
      let answer
      try {
        answer = await extensionSDK.serverProxy(
          `${base}/actions/${encodeURIComponent(action)}`,
          {
            method: 'POST',
            headers: { 'content-type': 'application/json', ...credential(extensionSDK, options) },
            body: JSON.stringify(input ?? {}),
          },
          // As text, and parsed here: an answer that is not Lookgate's may be anything. The SDK's enum is this string.
          'text' as FetchResponseBodyType,
        )
      } catch (reason) {
        throw fromRejection(reason, origin)
      }
      const body = parsed(answer.body)
      if (!answer.ok) throw fromAnswer(answer.status, body, action)
      if (body === undefined) {
        throw new LookgateProblem({
          code: 'answer_malformed',
          detail: `The answer of '${action}' is not JSON.`,
          hint: 'Check baseUrl: something else may answer there.',
          status: answer.status,
        })
      }
      return body as Actions[Name]['output']
    },
  }
}

function credential(sdk: Sdk, options: LookgateOptions): Record<string, string> {
  if (options.anonymous === true) return {}
  if (options.apiKeyTag !== undefined) return { 'x-api-key': sdk.createSecretKeyTag(options.apiKeyTag) }
  return { 'x-lookgate-handle': sdk.createSecretKeyTag(options.handleTag ?? 'lookgate_handle') }
}

function parsed(body: unknown): unknown {
  if (typeof body !== 'string') return body
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
