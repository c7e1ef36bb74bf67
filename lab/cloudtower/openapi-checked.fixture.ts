/** What the tests of this file have had checked so far; each file begins anew (test/own-checks.mts). */
export const checked = { spoke: false, given: false, requests: 0, answers: 0 };
