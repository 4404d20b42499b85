/** The gateway's actions as TypeScript sees them; see examples/flights/actions. */

export interface Caller {
  kind: 'user' | 'service' | 'anonymous'
  assurance: 'anonymous' | 'shared_secret' | 'workload' | 'user'
  authenticated_by: string
  issuer: string
  subject: string
  name: string
  email: string
  groups: string[]
  roles: string[]
  request_id: string
}

export type By = 'carrier' | 'route' | 'month' | 'hour'
export type Origin = 'EWR' | 'JFK' | 'LGA'
export type Statistic = 'mean' | 'median' | 'p90' | 'late_share'

export interface Question {
  by?: By
  carrier?: string
  origin?: Origin
  statistic?: Statistic
  confidence?: number
}

export interface Interval {
  key: string
  label: string
  flights: number
  estimate: number
  low: number
  high: number
}

export interface Answer {
  intervals: Interval[]
  flights: number
  unit: 'minutes' | 'share'
  resamples: number
  confidence: number
  statistic: Statistic
  by: By
}

export interface Note {
  id: number
  subject: string
  text: string
  author: string
  author_id: string
  at: string
}

export interface Approval {
  id: number
  month: string
  approved_by: string
  at: string
}

/** One value of the user attribute; the token itself never leaves Looker's server. */
export interface StoredToken {
  label: string
  source: string
  audience: string
  renewed_at: string | null
  expires_at: string | null
  life: number
  margin: number
  renewals: number
  failures: number
  code: string
  detail: string
  state: string
  says: string
  next_at: string | null
}

export type Fault = 'looker_down' | 'looker_429' | 'iam_500' | 'metadata_down' | 'scheduler_missed' | 'clock_off'

export interface Credentials {
  now: string
  tokens: StoredToken[]
  problems: string[]
  every: number
  calls_this_month: number
  faults: Fault[]
  attempts: { at: string; status: number }[]
  missed: number
}

export interface Actions {
  whoami: { input: Record<string, never>; output: Caller }
  delays: { input: Question; output: Answer }
  list_notes: { input: { subject?: string; limit?: number }; output: { notes: Note[] } }
  add_note: { input: { subject: string; text: string }; output: Note }
  approve_schedule: { input: { month: string }; output: Approval }
  credentials: { input: Record<string, never>; output: Credentials }
  break_it: { input: { fault: Fault }; output: { fault: Fault } }
  mend_it: { input: { fault: Fault }; output: { fault: Fault } }
}

/** Whom the private service saw; see examples/flights/board. */
export interface Seen {
  email: string
  audience: string
  issuer: string
  expires_at: string | null
  seconds_left: number
}

export interface BoardActions {
  departures: { input: Record<string, never>; output: Seen }
}
