import { type Lookgate, createLookgate } from '@lookgate/extension'
import type { ExtensionHostApi } from '@looker/extension-sdk'
import type { Actions } from './actions'

/** The same gateway, called in the ways that the pages compare. */
export interface Gateways {
  sdk: ExtensionHostApi
  /** As the user: with the handle that Looker's server puts in. */
  asUser: Lookgate<Actions>
  /** As the user: with a token that the handle was exchanged for, straight from the browser. */
  byToken: Lookgate<Actions>
  /** With the key that every user shares. */
  withSharedKey: Lookgate<Actions>
  /** With nothing. */
  withNothing: Lookgate<Actions>
  /** With the tag of an attribute that does not exist. */
  withUnknownTag: Lookgate<Actions>
  /** As the user: with a claim that the warehouse signed, or with one that was tampered with. */
  byClaim: (claim: () => Promise<string>) => Lookgate<Actions>
  /** As the user: with a token that one claim was exchanged for, straight from the browser. */
  byClaimToken: (claim: () => Promise<string>) => Lookgate<Actions>
}

/** Finds the gateway: an admin wrote its address into a user attribute of this extension. */
export async function findGateways(sdk: ExtensionHostApi): Promise<Gateways> {
  const baseUrl = await sdk.userAttributeGetItem('gateway_url')
  if (baseUrl === null || baseUrl === '') throw new Error("The user attribute 'gateway_url' has no value.")
  return {
    sdk,
    asUser: createLookgate<Actions>(sdk, { baseUrl }),
    byToken: createLookgate<Actions>(sdk, { baseUrl, transport: 'token' }),
    withSharedKey: createLookgate<Actions>(sdk, { baseUrl, apiKeyTag: 'api_key' }),
    withNothing: createLookgate<Actions>(sdk, { baseUrl, anonymous: true }),
    withUnknownTag: createLookgate<Actions>(sdk, { baseUrl, handleTag: 'no_such_attribute' }),
    byClaim: (claim) => createLookgate<Actions>(sdk, { baseUrl, claim }),
    byClaimToken: (claim) => createLookgate<Actions>(sdk, { baseUrl, claim, transport: 'token' }),
  }
}
