// Preloaded into a provider: the clock that runs from the machine's start is KIT_LATER milliseconds ahead, as for a run
// that begins so much later. Of a killed run's requests by then fewer can still commit (writers.ts), so that a request of
// a crash matrix may be given more time than a loaded machine ever needs.
const { bigint } = process.hrtime;
const later = BigInt(process.env.KIT_LATER ?? 0) * 1_000_000n;

process.hrtime.bigint = () => bigint() + later;
