/** Loaded only when asked for: a bundle that is split into chunks must find this one. */
export const late = (): string => 'a chunk that came late';
