// Before each file of tests: the labs of one worker choose their ports where those of the others do not. A lab that is
// stopped and started again on its ports would else now and then find one taken.
const worker = Number(process.env.VITEST_POOL_ID ?? 1) - 1;
const [first, each, workers] = [20_000, 4_000, 3];
const place = first + (worker % workers) * each;
process.env.SITEWRIGHT_LAB_PORTS = `${place}-${place + each - 1}`;
