// Before each file of tests: the labs of one worker choose their ports where those of the other do not. A lab that is
// stopped and started again on its ports would else now and then find one taken.
const worker = Number(process.env.VITEST_POOL_ID ?? 1) - 1;
const [first, each] = [20_000, 6_000];
process.env.SITEWRIGHT_LAB_PORTS = `${first + (worker % 2) * each}-${first + ((worker % 2) + 1) * each - 1}`;
