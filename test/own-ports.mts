// Before each file of tests: the labs of one worker choose their ports where those of the others do not. A lab that is
// stopped and started again on its ports would else now and then find one taken. All lie below those that Linux gives.
const place = (Number(process.env.VITEST_POOL_ID ?? 1) - 1) % 3;
const [first, each] = [20_000, 4_000];
process.env.SITEWRIGHT_LAB_PORTS = `${first + place * each}-${first + (place + 1) * each - 1}`;
