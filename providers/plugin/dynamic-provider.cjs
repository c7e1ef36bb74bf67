// Pulumi's own dynamic provider, which passes its handlers the properties of a call alone; first it is made to pass on
// what the engine says beside them (providers/kernel/engine-calls.ts).
require("../../dist/providers/kernel/engine-calls.js").passOnWhatTheEngineSays();
require("@pulumi/pulumi/cmd/dynamic-provider");
