export { createLookgate } from './client.js'
export type { AnyActions, Lookgate, LookgateOptions, Sdk } from './client.js'
export { LookgateProblem } from './problem.js'
export type { ProblemDetails } from './problem.js'
