// One call of each people operation, towards things of these ids.

import type { Looker40SDK } from '@looker/sdk'

export interface Ids {
  user: string
  group: string
  role: string
  attribute: string
  permissionSet: string
  modelSet: string
}

export const NO = '999999'
export const NOWHERE: Ids = { user: NO, group: NO, role: NO, attribute: NO, permissionSet: NO, modelSet: NO }

type Result = Promise<{ ok: boolean; value?: unknown; error?: unknown }>
export type Call = (sdk: Looker40SDK, ids: Ids) => Result

/** For everyone: what they see of others is less. */
export const OPEN: Record<string, Call> = {
  me: (sdk) => sdk.me(),
  session: (sdk) => sdk.session(),
  update_session: (sdk) => sdk.update_session({ workspace_id: 'production' }),
  all_users: (sdk) => sdk.all_users({}),
  search_users: (sdk) => sdk.search_users({ first_name: '%a%' }),
  search_users_names: (sdk) => sdk.search_users_names({ pattern: 'a%' }),
  all_groups: (sdk) => sdk.all_groups({}),
  search_groups: (sdk) => sdk.search_groups({ name: 'e%' }),
  all_roles: (sdk) => sdk.all_roles({}),
  search_roles: (sdk) => sdk.search_roles({}),
  all_user_attributes: (sdk) => sdk.all_user_attributes({}),
}

/** For admins, about no thing in particular. */
export const ADMIN: Record<string, Call> = {
  create_user: (sdk) => sdk.create_user({ first_name: 'New' }),
  search_credentials_email: (sdk) => sdk.search_credentials_email({}),
  create_group: (sdk) => sdk.create_group({ name: 'New' }),
  search_groups_with_roles: (sdk) => sdk.search_groups_with_roles({}),
  search_groups_with_hierarchy: (sdk) => sdk.search_groups_with_hierarchy({}),
  search_roles_with_user_count: (sdk) => sdk.search_roles_with_user_count({}),
  create_role: (sdk, ids) =>
    sdk.create_role({ name: 'New', permission_set_id: ids.permissionSet, model_set_id: ids.modelSet }),
  all_permissions: (sdk) => sdk.all_permissions(),
  all_permission_sets: (sdk) => sdk.all_permission_sets(),
  search_permission_sets: (sdk) => sdk.search_permission_sets({ name: 'l%' }),
  create_permission_set: (sdk) => sdk.create_permission_set({ name: 'New', permissions: ['access_data'] }),
  all_model_sets: (sdk) => sdk.all_model_sets(),
  search_model_sets: (sdk) => sdk.search_model_sets({ built_in: true }),
  create_model_set: (sdk) => sdk.create_model_set({ name: 'New', models: ['air'] }),
  create_user_attribute: (sdk) => sdk.create_user_attribute({ name: 'new', label: 'New', type: 'string' }),
}

/** For admins, about a thing: 404 when it does not exist. Deletions come last. */
export const ADMIN_OF: Record<string, Call> = {
  update_user: (sdk, ids) => sdk.update_user(ids.user, { last_name: 'Changed' }),
  user_credentials_email: (sdk, ids) => sdk.user_credentials_email(ids.user),
  update_user_credentials_email: (sdk, ids) => sdk.update_user_credentials_email(ids.user, { email: 'w@air.example' }),
  create_user_credentials_email_password_reset: (sdk, ids) =>
    sdk.create_user_credentials_email_password_reset({ user_id: ids.user, expires: true }),
  delete_user_credentials_email: (sdk, ids) => sdk.delete_user_credentials_email(ids.user),
  create_user_credentials_email: (sdk, ids) => sdk.create_user_credentials_email(ids.user, { email: 'w2@air.example' }),
  all_user_credentials_api3s: (sdk, ids) => sdk.all_user_credentials_api3s(ids.user),
  create_user_credentials_api3: (sdk, ids) => sdk.create_user_credentials_api3(ids.user),
  all_user_credentials_embeds: (sdk, ids) => sdk.all_user_credentials_embeds(ids.user),
  all_user_sessions: (sdk, ids) => sdk.all_user_sessions(ids.user),
  user_roles: (sdk, ids) => sdk.user_roles({ user_id: ids.user }),
  set_user_roles: (sdk, ids) => sdk.set_user_roles(ids.user, [ids.role]),
  user_attribute_user_values: (sdk, ids) => sdk.user_attribute_user_values({ user_id: ids.user }),
  set_user_attribute_user_value: (sdk, ids) => sdk.set_user_attribute_user_value(ids.user, ids.attribute, { value: '1' }),
  delete_user_attribute_user_value: (sdk, ids) => sdk.delete_user_attribute_user_value(ids.user, ids.attribute),
  update_group: (sdk, ids) => sdk.update_group(ids.group, { name: 'Renamed' }),
  add_group_user: (sdk, ids) => sdk.add_group_user(ids.group, { user_id: ids.user }),
  all_group_users: (sdk, ids) => sdk.all_group_users({ group_id: ids.group }),
  all_group_groups: (sdk, ids) => sdk.all_group_groups(ids.group),
  update_user_attribute_group_value: (sdk, ids) =>
    sdk.update_user_attribute_group_value(ids.group, ids.attribute, { value: '1' }),
  delete_user_attribute_group_value: (sdk, ids) => sdk.delete_user_attribute_group_value(ids.group, ids.attribute),
  set_user_attribute_group_values: (sdk, ids) =>
    sdk.set_user_attribute_group_values(ids.attribute, [{ group_id: ids.group, value: '1' }]),
  all_user_attribute_group_values: (sdk, ids) => sdk.all_user_attribute_group_values(ids.attribute),
  update_role: (sdk, ids) => sdk.update_role(ids.role, { name: 'Renamed' }),
  set_role_users: (sdk, ids) => sdk.set_role_users(ids.role, [ids.user]),
  role_users: (sdk, ids) => sdk.role_users({ role_id: ids.role }),
  set_role_groups: (sdk, ids) => sdk.set_role_groups(ids.role, [ids.group]),
  role_groups: (sdk, ids) => sdk.role_groups(ids.role),
  permission_set: (sdk, ids) => sdk.permission_set(ids.permissionSet),
  update_permission_set: (sdk, ids) => sdk.update_permission_set(ids.permissionSet, { name: 'Renamed' }),
  model_set: (sdk, ids) => sdk.model_set(ids.modelSet),
  update_model_set: (sdk, ids) => sdk.update_model_set(ids.modelSet, { name: 'Renamed' }),
  update_user_attribute: (sdk, ids) =>
    sdk.update_user_attribute(ids.attribute, { name: 'limit', label: 'Renamed', type: 'number' }),
  delete_group_user: (sdk, ids) => sdk.delete_group_user(ids.group, ids.user),
  delete_user_attribute: (sdk, ids) => sdk.delete_user_attribute(ids.attribute),
  delete_role: (sdk, ids) => sdk.delete_role(ids.role),
  delete_permission_set: (sdk, ids) => sdk.delete_permission_set(ids.permissionSet),
  delete_model_set: (sdk, ids) => sdk.delete_model_set(ids.modelSet),
  delete_group: (sdk, ids) => sdk.delete_group(ids.group),
  delete_user: (sdk, ids) => sdk.delete_user(ids.user),
}

/** About a thing that is not there: a key, a session, a credential of another kind. */
export const ABSENT: Record<string, Call> = {
  user_for_credential: (sdk) => sdk.user_for_credential('email', 'no@air.example'),
  user_credentials_api3: (sdk, ids) => sdk.user_credentials_api3(ids.user, NO),
  update_user_credentials_api3: (sdk, ids) => sdk.update_user_credentials_api3(ids.user, NO, { purpose: 'x' }),
  delete_user_credentials_api3: (sdk, ids) => sdk.delete_user_credentials_api3(ids.user, NO),
  user_credentials_embed: (sdk, ids) => sdk.user_credentials_embed(ids.user, NO),
  delete_user_credentials_embed: (sdk, ids) => sdk.delete_user_credentials_embed(ids.user, NO),
  user_session: (sdk, ids) => sdk.user_session(ids.user, NO),
  delete_user_session: (sdk, ids) => sdk.delete_user_session(ids.user, NO),
  delete_group_from_group: (sdk, ids) => sdk.delete_group_from_group(ids.group, NO),
  user_credentials_google: (sdk, ids) => sdk.user_credentials_google(ids.user),
  delete_user_credentials_google: (sdk, ids) => sdk.delete_user_credentials_google(ids.user),
  user_credentials_saml: (sdk, ids) => sdk.user_credentials_saml(ids.user),
  delete_user_credentials_saml: (sdk, ids) => sdk.delete_user_credentials_saml(ids.user),
  user_credentials_oidc: (sdk, ids) => sdk.user_credentials_oidc(ids.user),
  delete_user_credentials_oidc: (sdk, ids) => sdk.delete_user_credentials_oidc(ids.user),
  user_credentials_ldap: (sdk, ids) => sdk.user_credentials_ldap(ids.user),
  delete_user_credentials_ldap: (sdk, ids) => sdk.delete_user_credentials_ldap(ids.user),
  user_credentials_looker_openid: (sdk, ids) => sdk.user_credentials_looker_openid(ids.user),
  delete_user_credentials_looker_openid: (sdk, ids) => sdk.delete_user_credentials_looker_openid(ids.user),
}

/** What does not fit. */
export const INVALID: Record<string, Call> = {
  'group name taken': (sdk) => sdk.create_group({ name: 'EAST' }),
  'role without sets': (sdk) => sdk.create_role({ name: 'Bare' }),
  'unknown permission': (sdk) => sdk.create_permission_set({ name: 'p', permissions: ['fly'] }),
  'model set without name': (sdk) => sdk.create_model_set({ models: ['x'] }),
  'attribute name taken': (sdk) => sdk.create_user_attribute({ name: 'carrier', label: 'Other', type: 'string' }),
  'unknown role': (sdk, ids) => sdk.set_user_roles(ids.user, [NO]),
  'not an email': (sdk, ids) => sdk.update_user_credentials_email(ids.user, { email: 'nonsense' }),
  'not a number': (sdk, ids) => sdk.set_user_attribute_user_value(ids.user, ids.attribute, { value: 'many' }),
  'unknown group': (sdk, ids) => sdk.set_user_attribute_group_values(ids.attribute, [{ group_id: NO, value: '1' }]),
  'unknown workspace': (sdk) => sdk.update_session({ workspace_id: 'moon' }),
  'a name that is a number': (sdk) => sdk.create_group({ name: 5 as unknown as string }),
}
